//! The vector loop: operations and stores of one vector, with a register for each value while it is needed.
//!
//! In: instructions in order. Out: code, and how many places of the frame it spills to. Invariant: a value that leaves
//! its register is found again where it was loaded from, in its place from outside, or where it was spilled.

use std::collections::{BTreeMap, VecDeque};

use super::super::width::Width;
use super::encode::{Operand, RAX, RCX, RSP, Vector};
use super::instruction::{Definition, Instructions, Item, Name, Unary};
use super::registers::Registers;
use super::{Function, POINTERS, SCRATCH, TABLE};
use crate::program::{BufferId, Slot};

/// Values from outside that keep a register: a share of what there is.
fn bound_registers(width: Width) -> u8 {
    if width == Width::Bits512 { 10 } else { 4 }
}

fn register_count(width: Width) -> u8 {
    if width == Width::Bits512 { 32 } else { 16 }
}

/// The values that the items use, in order; stores are last uses of slots.
fn used(instructions: &Instructions, item: Item) -> Vec<Name> {
    match item {
        Item::Compute(name) => instructions.definitions[name].operands(),
        Item::Store(_, name) => vec![name],
    }
}

/// The values from outside that are used most, with their registers, from the highest down.
pub(super) fn bound(instructions: &Instructions, width: Width) -> Vec<(Name, Vector)> {
    let mut uses = vec![0_usize; instructions.definitions.len()];
    for name in instructions.items.iter().flat_map(|&item| used(instructions, item)) {
        uses[name] += 1;
    }
    let mut outside: Vec<Name> = instructions.outside.iter().copied().filter(|&name| uses[name] > 0).collect();
    outside.sort_by_key(|&name| std::cmp::Reverse(uses[name]));
    let last = register_count(width) - 1;
    outside.into_iter().zip((0..bound_registers(width)).map(|rank| Vector(last - rank))).collect()
}

/// All buffers that the items touch, those with most loads and stores first.
pub(super) fn buffers(instructions: &Instructions) -> Vec<BufferId> {
    let mut count: BTreeMap<BufferId, usize> = BTreeMap::new();
    for &item in &instructions.items {
        if let Item::Store(slot, _) = item {
            *count.entry(slot.buffer).or_default() += 1;
        }
        for name in used(instructions, item) {
            if let Definition::Load(slot, _) = instructions.definitions[name] {
                *count.entry(slot.buffer).or_default() += 1;
            }
        }
    }
    let mut buffers: Vec<BufferId> = count.keys().copied().collect();
    buffers.sort_by_key(|buffer| std::cmp::Reverse(count[buffer]));
    buffers
}

/// The body of the vector loop under construction.
pub(super) struct Body<'f, 'a> {
    function: &'f mut Function<'a>,
    registers: Registers,
    /// Where values were spilled to.
    spills: BTreeMap<Name, usize>,
    now: usize,
}

impl<'f, 'a> Body<'f, 'a> {
    pub(super) fn new(function: &'f mut Function<'a>) -> Self {
        let instructions = function.instructions;
        let mut uses = vec![VecDeque::new(); instructions.definitions.len()];
        for (position, &item) in instructions.items.iter().enumerate() {
            for name in used(instructions, item) {
                uses[name].push_back(position);
            }
        }
        let bound = u8::try_from(function.bound.len()).expect("at most 32");
        let free = SCRATCH.0 + 1..register_count(function.assembler.width) - bound;
        Self { registers: Registers::new(free.map(Vector), uses), function, spills: BTreeMap::new(), now: 0 }
    }

    /// Emits all items. Returns the number of spill places.
    pub(super) fn emit(mut self) -> usize {
        let instructions = self.function.instructions;
        for (position, &item) in instructions.items.iter().enumerate() {
            self.now = position;
            match item {
                Item::Compute(name) => self.compute(name),
                Item::Store(slot, name) => self.store(slot, name),
            }
        }
        self.spills.len()
    }

    fn compute(&mut self, name: Name) {
        let mut definition = self.function.instructions.definitions[name];
        if let Definition::Two(operation, a, b) = definition
            && operation.commutes()
            && self.prefers_last(a, b)
        {
            definition = Definition::Two(operation, b, a);
        }
        if let Definition::Column(ramp_name) = definition {
            let ramp = self.operand(ramp_name, &[ramp_name]);
            let destination = self.destination(name, &[ramp_name]);
            self.function.column(destination, ramp);
            return;
        }
        let names = definition.operands();
        let mut operands: Vec<Operand> = Vec::with_capacity(names.len());
        for (position, &operand) in names.iter().enumerate() {
            operands.push(if may_be_memory(&definition, position) {
                self.operand(operand, &names)
            } else {
                Operand::Register(self.register(operand, &names))
            });
        }
        let destination = self.destination(name, &names);
        self.function.assembler.operation(definition, destination, &operands);
    }

    /// Whether `a` would better be the operand in memory.
    fn prefers_last(&self, a: Name, b: Name) -> bool {
        self.resident(a).is_none() && (self.resident(b).is_some() || self.registers.next_use(a, self.now).is_none())
    }

    /// A register for the outcome; operands that are not needed again give theirs free.
    fn destination(&mut self, name: Name, operands: &[Name]) -> Vector {
        self.registers.release(operands, self.now);
        let alive: Vec<Name> =
            operands.iter().copied().filter(|&operand| self.registers.next_use(operand, self.now).is_some()).collect();
        self.claim(name, &alive)
    }

    fn store(&mut self, slot: Slot, name: Name) {
        let value = self.register(name, &[name]);
        let address = self.address(slot, 0);
        let code = &mut self.function.assembler;
        code.vector(code.move_out(), value, Vector(0), address);
        self.registers.release(&[name], self.now);
    }

    /// The register that holds a value now.
    fn resident(&self, name: Name) -> Option<Vector> {
        let bound = self.function.bound.iter().find(|(bound, _)| *bound == name).map(|(_, register)| *register);
        bound.or_else(|| self.registers.find(name))
    }

    /// A value in a register.
    fn register(&mut self, name: Name, locked: &[Name]) -> Vector {
        if let Some(register) = self.resident(name) {
            return register;
        }
        let register = self.claim(name, locked);
        let home = self.home(name);
        let code = &mut self.function.assembler;
        code.vector(code.move_in(), register, Vector(0), home);
        register
    }

    /// A value in a register, or in memory if it is not needed again soon.
    fn operand(&mut self, name: Name, locked: &[Name]) -> Operand {
        if let Some(register) = self.resident(name) {
            return Operand::Register(register);
        }
        let soon = self.now + self.registers.len();
        if self.registers.next_use(name, self.now).is_some_and(|next| next <= soon) {
            Operand::Register(self.register(name, locked))
        } else {
            self.home(name)
        }
    }

    /// A register for a value; what must leave it and can't be found elsewhere is spilled.
    fn claim(&mut self, name: Name, locked: &[Name]) -> Vector {
        let (register, left) = self.registers.take(name, self.now, locked);
        if let Some(left) = left
            && self.function.places[left].is_none()
            && !matches!(self.function.instructions.definitions[left], Definition::Load(..))
            && !self.spills.contains_key(&left)
        {
            let place = self.function.instructions.outside.len() + self.spills.len();
            self.spills.insert(left, place);
            let place = self.function.place(place);
            let code = &mut self.function.assembler;
            code.vector(code.move_out(), register, Vector(0), place);
        }
        register
    }

    /// Where a value that has no register is in memory.
    fn home(&mut self, name: Name) -> Operand {
        if let Definition::Load(slot, cells) = self.function.instructions.definitions[name] {
            return self.address(slot, cells);
        }
        let place = self.function.places[name].unwrap_or_else(|| self.spills[&name]);
        self.function.place(place)
    }

    /// The address of a slot, so many cells away, at the vector under way.
    fn address(&mut self, slot: Slot, cells: i64) -> Operand {
        let function = &mut *self.function;
        let component =
            i64::from(slot.component) * i64::try_from(function.component).expect("memory has fewer than 2^63 bytes");
        let bytes = (component + cells) * i64::from(function.number_bytes());
        let position = function.buffers.iter().position(|buffer| *buffer == slot.buffer).expect("all were collected");
        let code = &mut function.assembler;
        let entry = TABLE + 8 * i32::try_from(position.saturating_sub(POINTERS.len())).expect("few buffers");
        let base = match (POINTERS.get(position), i32::try_from(bytes)) {
            (Some(&base), Ok(byte)) => return Operand::Memory { base, index: Some(RCX), byte },
            (None, Ok(byte)) => {
                code.load(RAX, RSP, entry);
                return Operand::Memory { base: RAX, index: Some(RCX), byte };
            }
            (base, Err(_)) => base,
        };
        // Too far for a displacement: the sum is taken in the register.
        code.set(RAX, bytes);
        match base {
            Some(&base) => code.add(RAX, base),
            None => code.add_from(RAX, RSP, entry),
        }
        Operand::Memory { base: RAX, index: Some(RCX), byte: 0 }
    }
}

/// Which operand the instruction can take from memory.
fn may_be_memory(definition: &Definition, position: usize) -> bool {
    match definition {
        Definition::One(unary, _) => !matches!(unary, Unary::ShiftLeft | Unary::ShiftRight),
        Definition::Two(..) | Definition::Compare(..) | Definition::Select(..) | Definition::SelectIf(..) => {
            position == 1
        }
        Definition::Splat(_)
        | Definition::Ramp
        | Definition::Uniform(_)
        | Definition::Row(_)
        | Definition::Column(_)
        | Definition::Load(..) => false,
    }
}
