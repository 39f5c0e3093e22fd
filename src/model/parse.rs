//! Precedence climbing over the tokens of one expression (Pratt 1973).
//!
//! `|| < && < comparisons < + - < * / < unary - ! < ^`; `^` binds to the right and tighter than unary minus, so that
//! `-x^2 = -(x^2)`. Nesting beyond [`DEEPEST`] is an error, which bounds the stack.

use std::ops::Range;

use super::syntax::{BinarySign, Form, Syntax, UnarySign};
use super::token::{BadToken, Spanned, Token, tokens};

/// The deepest nesting of an expression.
pub(super) const DEEPEST: usize = 256;

/// The highest tree of operations.
const HIGHEST: u32 = 1024;

/// How tightly a unary sign binds its operand.
const UNARY: u8 = 6;

/// Why a text is not an expression.
pub(super) type BadSyntax = BadToken;

/// Parses a whole expression.
pub(super) fn parse(text: &str) -> Result<Syntax, BadSyntax> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    if parser.peek() == &Token::End {
        return Err(parser.error("an expression is missing here", Some("write 0 for nothing")));
    }
    let tree = parser.expression(0)?;
    match parser.peek() {
        Token::End => Ok(tree),
        Token::Sign(")") => Err(parser.error("this parenthesis closes nothing", None)),
        Token::Sign(",") => Err(parser.error("a comma outside of a function call", None)),
        _ => Err(parser.error("an operator is missing before this", Some("multiplication needs its sign: `a*b`"))),
    }
}

struct Parser {
    tokens: Vec<Spanned>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at].token
    }

    fn range(&self) -> Range<usize> {
        self.tokens[self.at].range.clone()
    }

    fn advance(&mut self) -> Spanned {
        let token = self.tokens[self.at].clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    fn error(&self, message: &str, help: Option<&str>) -> BadSyntax {
        BadSyntax { message: message.into(), help: help.map(Into::into), range: self.range() }
    }

    fn expression(&mut self, weakest: u8) -> Result<Syntax, BadSyntax> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error(&format!("nested more than {DEEPEST} deep"), Some("name a part of it in [derived]")));
        }
        let mut left = self.operand()?;
        while let Token::Sign(sign) = *self.peek() {
            let Some((operator, strength)) = BinarySign::of(sign) else { break };
            if strength < weakest {
                break;
            }
            self.advance();
            let right = self.expression(if operator == BinarySign::Power { UNARY } else { strength + 1 })?;
            if operator.is_comparison()
                && let Token::Sign(next) = *self.peek()
                && BinarySign::of(next).is_some_and(|(next, _)| next.is_comparison())
            {
                return Err(self.error("comparisons can't be chained", Some("write `a < b && b < c`")));
            }
            let range = left.range.start..right.range.end;
            let height = 1 + left.height.max(right.height);
            let form = Form::Binary(operator, Box::new(left), Box::new(right));
            left = self.bounded(Syntax { form, range, height })?;
        }
        self.depth -= 1;
        Ok(left)
    }

    /// A chain `a + b + ...` is a tree as high as it is long, and so is a call inside of a call; what walks the tree
    /// later recurses.
    fn bounded(&self, tree: Syntax) -> Result<Syntax, BadSyntax> {
        if tree.height > HIGHEST {
            let message = format!("more than {HIGHEST} operations inside one another");
            return Err(self.error(&message, Some("name a part of it in [derived]: a chain of terms counts each term")));
        }
        Ok(tree)
    }

    fn operand(&mut self) -> Result<Syntax, BadSyntax> {
        let Spanned { token, range } = self.advance();
        match token {
            Token::Number(value) => Ok(Syntax { form: Form::Number(value), range, height: 1 }),
            Token::Name(name) if *self.peek() == Token::Sign("(") => self.call(name, range),
            Token::Name(name) => Ok(Syntax { form: Form::Name(name), range, height: 1 }),
            Token::Sign("(") => {
                let inner = self.expression(0)?;
                let close = self.close(&range)?;
                Ok(Syntax { range: range.start..close, ..inner })
            }
            Token::Sign(sign @ ("-" | "+" | "!")) => {
                let operator = match sign {
                    "-" => UnarySign::Minus,
                    "+" => UnarySign::Plus,
                    _ => UnarySign::Not,
                };
                let operand = self.expression(UNARY)?;
                let range = range.start..operand.range.end;
                let height = 1 + operand.height;
                self.bounded(Syntax { form: Form::Unary(operator, Box::new(operand)), range, height })
            }
            Token::Sign(sign) => {
                Err(BadSyntax { message: format!("`{sign}` where a value is due"), help: None, range })
            }
            Token::End => Err(BadSyntax { message: "the expression ends here unfinished".into(), help: None, range }),
        }
    }

    fn call(&mut self, name: String, name_range: Range<usize>) -> Result<Syntax, BadSyntax> {
        let open = self.advance().range;
        let mut arguments = Vec::new();
        if *self.peek() != Token::Sign(")") {
            arguments.push(self.expression(0)?);
            while *self.peek() == Token::Sign(",") {
                self.advance();
                arguments.push(self.expression(0)?);
            }
        }
        let close = self.close(&open)?;
        let range = name_range.start..close;
        let height = 1 + arguments.iter().map(|argument| argument.height).max().unwrap_or(0);
        self.bounded(Syntax { form: Form::Call { name, name_range, arguments }, range, height })
    }

    fn close(&mut self, open: &Range<usize>) -> Result<usize, BadSyntax> {
        match self.peek() {
            Token::Sign(")") => Ok(self.advance().range.end),
            Token::End => {
                Err(BadSyntax { message: "this parenthesis is never closed".into(), help: None, range: open.clone() })
            }
            _ => Err(self.error("expected `,`, `)` or an operator", Some("multiplication needs its sign: `a*b`"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> String {
        fn show(tree: &Syntax) -> String {
            match &tree.form {
                Form::Number(value) => value.to_string(),
                Form::Name(name) => name.clone(),
                Form::Unary(sign, a) => format!("({sign:?} {})", show(a)),
                Form::Binary(sign, a, b) => format!("({} {sign:?} {})", show(a), show(b)),
                Form::Call { name, arguments, .. } => {
                    format!("{name}({})", arguments.iter().map(show).collect::<Vec<_>>().join(", "))
                }
            }
        }
        parse(text).map_or_else(|error| format!("{} at {:?}", error.message, error.range), |tree| show(&tree))
    }

    #[test]
    fn precedence_is_that_of_the_contract() {
        assert_eq!(shape("-x^2"), "(Minus (x Power 2))");
        assert_eq!(shape("2^-3^2"), "(2 Power (Minus (3 Power 2)))");
        assert_eq!(shape("a^b^c"), "(a Power (b Power c))");
        assert_eq!(shape("a - b - c*d"), "((a Sub b) Sub (c Mul d))");
        assert_eq!(shape("a < 1 && !b || c == 2"), "(((a Less 1) And (Not b)) Or (c Equal 2))");
        assert_eq!(shape("-a*b"), "((Minus a) Mul b)");
        assert_eq!(shape("f(a, g(), soil.gain)"), "f(a, g(), soil.gain)");
        assert_eq!(shape("1e-3 + .5 + 2."), "((0.001 Add 0.5) Add 2)");
    }

    #[test]
    fn mistakes_are_located() {
        assert_eq!(shape("(a"), "this parenthesis is never closed at 0..1");
        assert_eq!(shape("a)"), "this parenthesis closes nothing at 1..2");
        assert_eq!(shape("a b"), "an operator is missing before this at 2..3");
        assert_eq!(shape("a < b < c"), "comparisons can't be chained at 6..7");
        assert_eq!(shape("2x"), "`2x` is not a number at 0..2");
        assert_eq!(shape(""), "an expression is missing here at 0..0");
        assert_eq!(shape("a + "), "the expression ends here unfinished at 4..4");
        assert_eq!(shape("1e999"), "this number is too large at 0..5");
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = format!("{}x{}", "(".repeat(10_000), ")".repeat(10_000));
        assert!(parse(&deep).unwrap_err().message.contains("nested"));
        assert!(parse(&"-".repeat(10_000)).unwrap_err().message.contains("nested"));
        assert!(parse(&vec!["x"; 100_000].join("+")).unwrap_err().message.contains("operations inside"));
        let chain = |inner: &str| format!("abs({inner}{})", "+1".repeat(600));
        assert!(parse(&chain(&chain(&chain("x")))).unwrap_err().message.contains("operations inside"));
        assert!(parse(&chain("x")).is_ok());
        assert!(parse(&format!("{}x{}", "(".repeat(200), ")".repeat(200))).is_ok());
    }
}
