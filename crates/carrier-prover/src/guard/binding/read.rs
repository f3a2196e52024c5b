//! From the printed text to an expression.

use super::expression::Expression;
use super::refusal::{BindingCode, BindingRefusal};
use crate::guard::lexer::{Token, TokenKind};

/// Expressions nest no deeper where a shape is recognised.
const DEPTH_MAX: usize = 64;

/// Words that stand for values of the session or of SQL, not for columns.
const VALUE_WORDS: [&str; 17] = [
    "array",
    "case",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "false",
    "localtime",
    "localtimestamp",
    "null",
    "row",
    "session_user",
    "true",
    "user",
];

pub(super) struct Reader<'a> {
    rest: &'a [Token],
    depth: usize,
}

type Read = Result<Expression, BindingRefusal>;

impl<'a> Reader<'a> {
    pub(super) fn new(rest: &'a [Token]) -> Self {
        Self { rest, depth: 0 }
    }

    /// A whole expression; what follows it stays in [`Self::rest`].
    pub(super) fn expression(&mut self) -> Read {
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH_MAX {
            return Err(self.not_the_shape("nested too deeply"));
        }
        let mut left = self.conjunction()?;
        while self.word("or") {
            let right = self.conjunction()?;
            left = Expression::Or(Box::new(left), Box::new(right));
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(left)
    }

    pub(super) fn rest(&self) -> &'a [Token] {
        self.rest
    }

    fn conjunction(&mut self) -> Read {
        let mut left = self.comparison()?;
        while self.word("and") {
            let right = self.comparison()?;
            left = Expression::And(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Read {
        let left = self.concatenation()?;
        if self.operator("=") {
            let right = self.concatenation()?;
            return Ok(Expression::Equal(Box::new(left), Box::new(right)));
        }
        if self.word("is") {
            self.word("not");
            if self.word("null") {
                return Ok(Expression::Else("IS [NOT] NULL"));
            }
            return Err(self.not_the_shape("IS of another kind"));
        }
        for operator in ["<>", "<", ">", "<=", ">="] {
            if self.operator(operator) {
                self.concatenation()?;
                return Ok(Expression::Else("a comparison that is not `=`"));
            }
        }
        Ok(left)
    }

    fn concatenation(&mut self) -> Read {
        let mut left = self.cast()?;
        while self.operator("||") {
            let right = self.cast()?;
            left = Expression::Concat(Box::new(left), Box::new(right));
        }
        if self.rest.first().is_some_and(|it| it.is_word("operator")) {
            let detail = "an operator with a schema: not the built-in one";
            return Err(BindingRefusal::new(BindingCode::ForeignFunction, detail));
        }
        Ok(left)
    }

    fn cast(&mut self) -> Read {
        let mut inner = self.primary()?;
        while self.operator("::") {
            let name = self.type_name()?;
            inner = Expression::Cast(Box::new(inner), name);
        }
        Ok(inner)
    }

    /// A type of one or two plain words; a length is refused, because it cuts.
    fn type_name(&mut self) -> Result<String, BindingRefusal> {
        let Some(first) = self.rest.first().and_then(Token::word) else {
            return Err(self.not_the_shape("a type that is no plain word"));
        };
        self.skip();
        let mut name = first.to_owned();
        if first == "character" && self.word("varying") {
            name.push_str(" varying");
        }
        let follows = self.rest.first();
        if follows.is_some_and(|it| it.is_mark('(') || it.is_mark('.') || it.is_mark('[')) {
            return Err(self.not_the_shape("a cast that may cut, or to a type with a schema"));
        }
        Ok(name)
    }

    fn primary(&mut self) -> Read {
        let Some(token) = self.rest.first() else {
            return Err(self.not_the_shape("the text ends within an expression"));
        };
        self.skip();
        match &token.kind {
            TokenKind::Mark('(') => {
                let inner = self.expression()?;
                self.expect(')')?;
                Ok(inner)
            }
            TokenKind::Text(text) | TokenKind::BackslashText(text) => {
                Ok(Expression::Text(text.clone()))
            }
            TokenKind::Number(number) => Ok(Expression::Number(number.clone())),
            TokenKind::Word(name) if VALUE_WORDS.contains(&name.as_str()) => {
                Err(self.not_the_shape(&format!("`{name}`")))
            }
            TokenKind::Word(name) => self.named(name, true),
            TokenKind::Quoted(name) => self.named(name, false),
            _ => Err(self.not_the_shape("something that begins no expression")),
        }
    }

    /// A column, or a call; a call by a schema other than `pg_catalog` is somebody else's function.
    fn named(&mut self, name: &str, plain: bool) -> Read {
        let mut name = name.to_owned();
        if self.mark('.') {
            let own = self.rest.first().and_then(Token::word).map(str::to_owned);
            let calls = self.rest.get(1).is_some_and(|it| it.is_mark('('));
            match own {
                Some(own) if calls && plain && name == "pg_catalog" => name = own,
                _ => {
                    let detail = format!("something of the schema `{name}`");
                    return Err(BindingRefusal::new(BindingCode::ForeignFunction, detail));
                }
            }
            self.skip();
        }
        if !self.mark('(') {
            return Ok(Expression::Column(name));
        }
        if !plain {
            return Err(self.not_the_shape("a call by a quoted name"));
        }
        let mut arguments = Vec::new();
        if self.mark(')') {
            return Ok(Expression::Call(name, arguments));
        }
        loop {
            arguments.push(self.expression()?);
            if !self.mark(',') {
                break;
            }
        }
        self.expect(')')?;
        Ok(Expression::Call(name, arguments))
    }

    fn expect(&mut self, mark: char) -> Result<(), BindingRefusal> {
        if self.mark(mark) {
            return Ok(());
        }
        Err(self.not_the_shape(&format!("`{mark}` was expected")))
    }

    fn not_the_shape(&self, what: &str) -> BindingRefusal {
        let place = self.rest.first().map(|it| it.at);
        let detail = match place {
            Some(at) => format!("{what}, before byte {at}"),
            None => format!("{what}, at the end"),
        };
        BindingRefusal::new(BindingCode::NotTheShape, detail)
    }

    fn word(&mut self, word: &str) -> bool {
        self.skip_if(|it| it.is_word(word))
    }

    fn operator(&mut self, operator: &str) -> bool {
        self.skip_if(|it| it.is_operator(operator))
    }

    fn mark(&mut self, mark: char) -> bool {
        self.skip_if(|it| it.is_mark(mark))
    }

    fn skip_if(&mut self, wanted: impl Fn(&Token) -> bool) -> bool {
        let found = self.rest.first().is_some_and(wanted);
        if found {
            self.skip();
        }
        found
    }

    fn skip(&mut self) {
        self.rest = self.rest.get(1..).unwrap_or_default();
    }
}
