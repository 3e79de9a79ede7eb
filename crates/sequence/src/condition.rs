//! Conditions: a parser that evaluates as it reads.
//!
//! Follows: Microsoft, "Conditional Statement Syntax". What the page leaves open: a lone number is true
//! unless it is 0; text is ordered by code points; a quoted number is never taken for an integer when it
//! is compared with one, but is when it is compared with a property.

use std::cell::RefCell;

/// What a symbol of a condition refers to; the character is its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symbol {
    /// No prefix: a property.
    Property,
    /// `%`: an environment variable; its name ignores case.
    Environment,
    /// `$`: the action state of a component.
    ComponentAction,
    /// `?`: the installed state of a component.
    ComponentInstalled,
    /// `&`: the action state of a feature.
    FeatureAction,
    /// `!`: the installed state of a feature.
    FeatureInstalled,
}

/// Evaluates a condition; none: it is empty or blank.
///
/// Errors: the character, counted from 1, at which it does not parse.
pub fn evaluate(
    condition: &str,
    value: &dyn Fn(Symbol, &str) -> String,
) -> Result<Option<bool>, usize> {
    let mut parser = Parser {
        characters: condition.chars().collect(),
        at: 0,
        depth: 0,
        value,
    };
    parser.blanks();
    if parser.at == parser.characters.len() {
        return Ok(None);
    }
    let truth = parser.expression(0)?;
    if parser.at < parser.characters.len() {
        return Err(parser.at + 1);
    }
    Ok(Some(truth))
}

/// Returns the properties that a condition asks for, in order; those up to a mistake where it does not parse.
pub fn properties(condition: &str) -> Vec<String> {
    let asked = RefCell::new(Vec::new());
    let _ = evaluate(condition, &|symbol, name| {
        if symbol == Symbol::Property {
            asked.borrow_mut().push(name.to_owned());
        }
        String::new()
    });
    asked.into_inner()
}

/// The operators between terms, from weakest to strongest.
const OPERATORS: [&str; 5] = ["IMP", "EQV", "XOR", "OR", "AND"];
const KEYWORDS: [&str; 6] = ["IMP", "EQV", "XOR", "OR", "AND", "NOT"];

/// Parentheses and NOTs inside each other; more is refused as not parsing.
const DEPTH_MAX: usize = 100;

enum Value {
    Integer(i32),
    Literal(String),
    Symbol(String),
}

#[derive(Clone, Copy)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    Greater,
    LessOrEqual,
    GreaterOrEqual,
    Contains,
    Starts,
    Ends,
}

const COMPARISONS: [(&str, Comparison); 9] = [
    ("<>", Comparison::NotEqual),
    ("<=", Comparison::LessOrEqual),
    ("<<", Comparison::Starts),
    (">=", Comparison::GreaterOrEqual),
    ("><", Comparison::Contains),
    (">>", Comparison::Ends),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
    ("=", Comparison::Equal),
];

struct Parser<'a> {
    characters: Vec<char>,
    at: usize,
    depth: usize,
    value: &'a dyn Fn(Symbol, &str) -> String,
}

impl Parser<'_> {
    fn expression(&mut self, level: usize) -> Result<bool, usize> {
        let Some(operator) = OPERATORS.get(level) else {
            return self.factor();
        };
        let mut left = self.expression(level + 1)?;
        while self.keyword(operator) {
            let right = self.expression(level + 1)?;
            left = match *operator {
                "AND" => left && right,
                "OR" => left || right,
                "XOR" => left != right,
                "EQV" => left == right,
                _ => !left || right,
            };
        }
        Ok(left)
    }

    fn factor(&mut self) -> Result<bool, usize> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.at + 1);
        }
        let truth = if self.keyword("NOT") {
            !self.factor()?
        } else {
            self.term()?
        };
        self.depth -= 1;
        Ok(truth)
    }

    fn term(&mut self) -> Result<bool, usize> {
        if self.take("(") {
            self.blanks();
            let truth = self.expression(0)?;
            return if self.take(")") {
                self.blanks_then(truth)
            } else {
                Err(self.at + 1)
            };
        }
        let left = self.operand()?;
        let Some((comparison, ignore_case)) = self.comparison() else {
            return Ok(left.is_true());
        };
        self.blanks();
        let right = self.operand()?;
        Ok(compare(&left, comparison, &right, ignore_case))
    }

    fn blanks_then(&mut self, truth: bool) -> Result<bool, usize> {
        self.blanks();
        Ok(truth)
    }

    fn comparison(&mut self) -> Option<(Comparison, bool)> {
        let ignore_case = self.peek() == Some('~');
        let start = self.at;
        self.at += usize::from(ignore_case);
        for (text, comparison) in COMPARISONS {
            if self.take(text) {
                return Some((comparison, ignore_case));
            }
        }
        self.at = start;
        None
    }

    fn operand(&mut self) -> Result<Value, usize> {
        let start = self.at;
        let value = match self.peek() {
            Some('"') => self.literal()?,
            Some('-' | '0'..='9') => self.integer()?,
            Some(c) => {
                let symbol = symbol_of(c);
                self.at += usize::from(symbol != Symbol::Property);
                let name = self.name();
                let keyword = symbol == Symbol::Property
                    && KEYWORDS.iter().any(|k| k.eq_ignore_ascii_case(&name));
                if name.is_empty() || keyword {
                    return Err(start + 1);
                }
                Value::Symbol((self.value)(symbol, &name))
            }
            None => return Err(start + 1),
        };
        self.blanks();
        Ok(value)
    }

    fn literal(&mut self) -> Result<Value, usize> {
        let start = self.at + 1;
        let length = self.characters[start..]
            .iter()
            .position(|&c| c == '"')
            .ok_or(self.at + 1)?;
        self.at = start + length + 1;
        Ok(Value::Literal(
            self.characters[start..start + length].iter().collect(),
        ))
    }

    fn integer(&mut self) -> Result<Value, usize> {
        let start = self.at;
        self.at += 1;
        while self
            .peek()
            .is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
        {
            self.at += 1;
        }
        let text: String = self.characters[start..self.at].iter().collect();
        text.parse().map(Value::Integer).map_err(|_| start + 1)
    }

    fn name(&mut self) -> String {
        let start = self.at;
        if self
            .peek()
            .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        {
            while self
                .peek()
                .is_some_and(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.')
            {
                self.at += 1;
            }
        }
        self.characters[start..self.at].iter().collect()
    }

    /// Takes a whole word, whatever its case, and the blanks behind it.
    fn keyword(&mut self, keyword: &str) -> bool {
        let start = self.at;
        if self.name().eq_ignore_ascii_case(keyword) {
            self.blanks();
            return true;
        }
        self.at = start;
        false
    }

    fn take(&mut self, text: &str) -> bool {
        let found = text
            .chars()
            .enumerate()
            .all(|(n, c)| self.characters.get(self.at + n) == Some(&c));
        self.at += if found { text.len() } else { 0 };
        found
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }
}

fn symbol_of(prefix: char) -> Symbol {
    match prefix {
        '%' => Symbol::Environment,
        '$' => Symbol::ComponentAction,
        '?' => Symbol::ComponentInstalled,
        '&' => Symbol::FeatureAction,
        '!' => Symbol::FeatureInstalled,
        _ => Symbol::Property,
    }
}

impl Value {
    fn is_true(&self) -> bool {
        match self {
            Value::Integer(number) => *number != 0,
            Value::Literal(text) | Value::Symbol(text) => !text.is_empty(),
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Value::Integer(_) => None,
            Value::Literal(text) | Value::Symbol(text) => Some(text),
        }
    }
}

/// An integer as the whole of a text; a sign other than `-` makes it none.
fn integer(text: &str) -> Option<i32> {
    if text.starts_with('+') {
        None
    } else {
        text.parse().ok()
    }
}

fn compare(left: &Value, comparison: Comparison, right: &Value, ignore_case: bool) -> bool {
    let numbers = match (left, right) {
        (Value::Integer(left), Value::Integer(right)) => Some((*left, *right)),
        (Value::Integer(left), Value::Symbol(right)) => integer(right).map(|right| (*left, right)),
        (Value::Symbol(left), Value::Integer(right)) => integer(left).map(|left| (left, *right)),
        (Value::Literal(_), Value::Literal(_))
        | (Value::Integer(_), _)
        | (_, Value::Integer(_)) => None,
        (
            Value::Symbol(left) | Value::Literal(left),
            Value::Symbol(right) | Value::Literal(right),
        ) => integer(left).zip(integer(right)),
    };
    if let Some((left, right)) = numbers {
        return compare_numbers(left, comparison, right);
    }
    match (left.text(), right.text()) {
        (Some(left), Some(right)) if ignore_case => {
            compare_text(&left.to_lowercase(), comparison, &right.to_lowercase())
        }
        (Some(left), Some(right)) => compare_text(left, comparison, right),
        // An integer against what is none.
        _ => matches!(comparison, Comparison::NotEqual),
    }
}

fn compare_numbers(left: i32, comparison: Comparison, right: i32) -> bool {
    match comparison {
        Comparison::Equal => left == right,
        Comparison::NotEqual => left != right,
        Comparison::Less => left < right,
        Comparison::Greater => left > right,
        Comparison::LessOrEqual => left <= right,
        Comparison::GreaterOrEqual => left >= right,
        Comparison::Contains => left & right != 0,
        Comparison::Starts => (left >> 16) & 0xffff == right,
        Comparison::Ends => left & 0xffff == right,
    }
}

fn compare_text(left: &str, comparison: Comparison, right: &str) -> bool {
    match comparison {
        Comparison::Equal => left == right,
        Comparison::NotEqual => left != right,
        Comparison::Less => left < right,
        Comparison::Greater => left > right,
        Comparison::LessOrEqual => left <= right,
        Comparison::GreaterOrEqual => left >= right,
        // Nothing is found in empty text, not even nothing.
        Comparison::Contains => !left.is_empty() && left.contains(right),
        Comparison::Starts => left.starts_with(right),
        Comparison::Ends => left.ends_with(right),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(symbol: Symbol, name: &str) -> String {
        match (symbol, name) {
            (Symbol::Property, "FIVE") => "5",
            (Symbol::Property, "TEN") => "10",
            (Symbol::Property, "TEXT") => "ten",
            (Symbol::FeatureAction, "Docs") => "3",
            _ => "",
        }
        .to_owned()
    }

    #[test]
    fn truths() {
        let cases = [
            ("NOT 0 AND 0", false),
            ("1 OR 0 AND 0", true),
            ("1 XOR 1 OR 0", false),
            ("1 OR 1 XOR 1", false),
            ("0 IMP 1 EQV 0", true),
            ("1 XOR 1 EQV 1", false),
            ("FIVE < TEN", true),
            ("TEN > \"5\"", true),
            ("1 = \"1\"", false),
            ("TEXT <> 10", true),
            ("&Docs=3 and not TEXT ~<< \"TE\"", false),
            ("&Docs", true),
            ("&Nope", false),
        ];
        for (condition, truth) in cases {
            assert_eq!(evaluate(condition, &value), Ok(Some(truth)), "{condition}");
        }
        assert_eq!(evaluate(" \t", &value), Ok(None));
    }

    #[test]
    fn errors_say_where() {
        for (condition, at) in [
            ("1 =", 4),
            ("1 AND", 6),
            ("(1", 3),
            ("A B", 3),
            ("A == B", 4),
            ("1 \"x", 3),
            ("OR", 1),
        ] {
            assert_eq!(evaluate(condition, &value), Err(at), "{condition}");
        }
        assert!(evaluate(&"(".repeat(100_000), &value).is_err());
        assert!(evaluate(&"NOT ".repeat(100_000), &value).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(condition in ".*") {
            let _ = evaluate(&condition, &value);
        }

        #[test]
        fn never_panics_on_pieces(pieces in prop::collection::vec(prop::sample::select(vec![
            "(", ")", "NOT ", " AND ", " XOR ", "A", "$", "?", "%", "\"", "~", "<", ">", "=", "-", "7", " ", "é",
        ]), 0..20)) {
            let _ = evaluate(&pieces.concat(), &value);
        }
    }
}
