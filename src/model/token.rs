//! Tokens of the equation language. In: one expression. Out: tokens with byte ranges in it. Every byte sequence gives
//! tokens or one error; white space separates.

use std::ops::Range;

/// One word of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A decimal literal.
    Number(f64),
    /// A name; soil maps have a dot inside (`soil.gain`).
    Name(String),
    /// One of `+ - * / ^ ( ) , < > ! = <= >= == != && ||`.
    Sign(&'static str),
    /// The end of the text.
    End,
}

/// A token and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Spanned {
    pub(super) token: Token,
    pub(super) range: Range<usize>,
}

/// What can't be a token.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct BadToken {
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) range: Range<usize>,
}

const SIGNS: [&str; 18] =
    ["<=", ">=", "==", "!=", "&&", "||", "**", "+", "-", "*", "/", "^", "(", ")", ",", "<", ">", "!"];

/// Splits an expression; the last token is [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Spanned>, BadToken> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (token, length) = if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        } else if first.is_ascii_digit() || (first == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit())) {
            number(rest, at)?
        } else if first.is_alphabetic() || first == '_' {
            let length = name_length(rest);
            (Token::Name(rest[..length].to_owned()), length)
        } else if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            if sign == "**" {
                return Err(BadToken {
                    message: "`**` is not an operator".into(),
                    help: Some("write a power as `a^b`".into()),
                    range: at..at + 2,
                });
            }
            (Token::Sign(sign), sign.len())
        } else {
            return Err(unexpected(first, at));
        };
        found.push(Spanned { token, range: at..at + length });
        at += length;
    }
    found.push(Spanned { token: Token::End, range: at..at });
    Ok(found)
}

fn unexpected(character: char, at: usize) -> BadToken {
    let help = match character {
        '=' => Some("comparison is `==`"),
        '&' => Some("and is `&&`"),
        '|' => Some("or is `||`; the absolute value is `abs(...)`"),
        '·' | '×' | '∙' => Some("multiplication is `*`"),
        '−' | '–' => Some("minus is the ASCII sign `-`"),
        '²' => Some("a square is `^2`"),
        '[' | '{' => Some("group with parentheses"),
        _ => None,
    };
    BadToken {
        message: format!("unexpected character `{}`", character.escape_debug()),
        help: help.map(Into::into),
        range: at..at + character.len_utf8(),
    }
}

/// Letters, digits and underscores; dots only between names.
fn name_length(rest: &str) -> usize {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    let mut length = 0;
    let mut characters = rest.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let dot = c == '.' && characters.peek().is_some_and(|&(_, next)| next.is_alphabetic() || next == '_');
        if !(inside(c) || dot) {
            break;
        }
        length = at + c.len_utf8();
    }
    length
}

fn number(rest: &str, at: usize) -> Result<(Token, usize), BadToken> {
    let bytes = rest.as_bytes();
    let digits = |mut from: usize| {
        while bytes.get(from).is_some_and(u8::is_ascii_digit) {
            from += 1;
        }
        from
    };
    let mut end = digits(0);
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    if rest[end..].starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.') {
        let word = end
            + rest[end..].find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len() - end);
        return Err(BadToken {
            message: format!("`{}` is not a number", &rest[..word]),
            help: Some(format!("multiplication needs its sign: `{} * {}`", &rest[..end], &rest[end..word])),
            range: at..at + word,
        });
    }
    let value: f64 = rest[..end].parse().map_err(|_| BadToken {
        message: format!("`{}` is not a number", &rest[..end]),
        help: None,
        range: at..at + end,
    })?;
    if !value.is_finite() {
        return Err(BadToken {
            message: "this number is too large".into(),
            help: Some(format!("the largest is about {:.1e}", f64::MAX)),
            range: at..at + end,
        });
    }
    Ok((Token::Number(value), end))
}
