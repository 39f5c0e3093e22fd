//! The order in which a kernel's operations are emitted. In: a kernel. Out: what is computed once per call, once per
//! row and once per vector, and how often each value is used.
//!
//! Invariant: operands come before their use. Within a vector, operations follow the demand of the stores, the operand
//! that needs more registers first (Sethi & Ullman 1970), which keeps few values alive at a time.

use crate::grid::Axis;
use crate::program::{Kernel, Op};

/// How often a value changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rate {
    /// The same for all cells.
    Call,
    /// The same for all cells of a row.
    Row,
    /// Different for every cell.
    Cell,
}

/// The plan for one kernel; positions are those of `Kernel::ops`.
#[derive(Debug)]
pub(super) struct Plan {
    /// How often each operation changes.
    pub rates: Vec<Rate>,
    /// Operations that the vector loop takes from outside, most used first.
    pub hoisted: Vec<usize>,
    /// Per store, in order: the operations to emit before it, loads left out (they are emitted where they are used).
    pub demands: Vec<Vec<usize>>,
}

impl Plan {
    /// Plans a kernel.
    pub(super) fn new(kernel: &Kernel) -> Self {
        let rates = rates(kernel);
        let hoisted = hoisted(kernel, &rates);
        let demands = demands(kernel, &rates);
        Self { rates, hoisted, demands }
    }
}

/// The rate of every operation: that of its fastest operand.
fn rates(kernel: &Kernel) -> Vec<Rate> {
    let mut rates: Vec<Rate> = Vec::with_capacity(kernel.ops.len());
    for op in &kernel.ops {
        rates.push(match op {
            Op::Load { .. } | Op::Fetch { .. } | Op::Index(Axis::X) => Rate::Cell,
            Op::Index(_) => Rate::Row,
            _ => op.operands().iter().map(|operand| rates[operand.0 as usize]).max().unwrap_or(Rate::Call),
        });
    }
    rates
}

/// What the vector loop uses but does not compute, most used first.
fn hoisted(kernel: &Kernel, rates: &[Rate]) -> Vec<usize> {
    let mut uses = vec![0_usize; kernel.ops.len()];
    for (op, _) in kernel.ops.iter().zip(rates).filter(|(_, rate)| **rate == Rate::Cell) {
        for operand in op.operands() {
            uses[operand.0 as usize] += 1;
        }
    }
    for store in &kernel.stores {
        uses[store.value.0 as usize] += 1;
    }
    let mut hoisted: Vec<usize> =
        (0..kernel.ops.len()).filter(|&position| rates[position] != Rate::Cell && uses[position] > 0).collect();
    hoisted.sort_by_key(|&position| std::cmp::Reverse(uses[position]));
    hoisted
}

/// Depth-first order of what each store needs and no store before it has computed.
fn demands(kernel: &Kernel, rates: &[Rate]) -> Vec<Vec<usize>> {
    let registers = registers(kernel, rates);
    let inside = |position: usize| rates[position] == Rate::Cell && !matches!(kernel.ops[position], Op::Load { .. });
    let mut done = vec![false; kernel.ops.len()];
    let mut demands = Vec::with_capacity(kernel.stores.len());
    for store in &kernel.stores {
        let mut order = Vec::new();
        // A position is pushed a second time, marked, to be emitted once its operands are.
        let mut stack = vec![(store.value.0 as usize, false)];
        while let Some((position, ready)) = stack.pop() {
            if done[position] || !inside(position) {
                continue;
            }
            if ready {
                done[position] = true;
                order.push(position);
                continue;
            }
            stack.push((position, true));
            let mut operands: Vec<usize> =
                kernel.ops[position].operands().iter().map(|operand| operand.0 as usize).collect();
            operands.sort_by_key(|&operand| registers[operand]);
            stack.extend(operands.into_iter().map(|operand| (operand, false)));
        }
        demands.push(order);
    }
    demands
}

/// Registers needed to compute each operation, as if no value were shared.
fn registers(kernel: &Kernel, rates: &[Rate]) -> Vec<u32> {
    let mut registers: Vec<u32> = Vec::with_capacity(kernel.ops.len());
    for (op, &rate) in kernel.ops.iter().zip(rates) {
        let mut needs: Vec<u32> = op.operands().iter().map(|operand| registers[operand.0 as usize]).collect();
        needs.sort_unstable_by(|a, b| b.cmp(a));
        let most = (0..).zip(&needs).map(|(held, need)| need + held).max().unwrap_or(1);
        registers.push(if rate == Rate::Cell { most } else { 0 });
    }
    registers
}
