//! Instants in UTC with microseconds, in their one text form.

use std::fmt;
use std::str::FromStr;

use super::{ScalarError, string_serde};

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;
/// 9999-12-31T23:59:59.999999Z.
const MICROS_MAX: i64 = 253_402_300_799_999_999;

/// An instant from 1970 to 9999 in UTC, to the microsecond; text as `2026-01-31T09:30:00.000000Z`.
///
/// Kept as a number so that comparing and adding never meets a calendar; impossible dates and leap
/// seconds are refused, so text and number stand for each other exactly.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The pattern of the text form.
    pub const PATTERN: &str = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$";

    /// 1970-01-01T00:00:00.000000Z.
    pub const EPOCH: Self = Self(0);

    /// An instant from microseconds since 1970; refuses what lies outside 1970 to 9999.
    pub fn from_micros(micros: i64) -> Result<Self, ScalarError> {
        if !(0..=MICROS_MAX).contains(&micros) {
            return Err(ScalarError::new(
                "microsecond count from 1970 to 9999",
                micros,
            ));
        }
        Ok(Self(micros))
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The instant this many milliseconds later; `None` past 9999.
    pub fn checked_add_millis(self, millis: u64) -> Option<Self> {
        let micros = i64::try_from(millis).ok()?.checked_mul(1000)?;
        Self::from_micros(self.0.checked_add(micros)?).ok()
    }

    /// The instant this many milliseconds earlier; `None` before 1970.
    pub fn checked_sub_millis(self, millis: u64) -> Option<Self> {
        let micros = i64::try_from(millis).ok()?.checked_mul(1000)?;
        Self::from_micros(self.0.checked_sub(micros)?).ok()
    }

    /// Whole milliseconds from `earlier` to this instant, rounded up; 0 when `earlier` is later.
    ///
    /// Rounded up so that an age is never taken for smaller than it is.
    pub fn saturating_millis_since(self, earlier: Self) -> u64 {
        let micros = self.0.saturating_sub(earlier.0);
        u64::try_from(micros).unwrap_or(0).div_ceil(1000)
    }

    pub(crate) fn to_text(self) -> String {
        let days = self.0.div_euclid(MICROS_PER_DAY);
        let within = self.0.rem_euclid(MICROS_PER_DAY);
        let (year, month, day) = civil_from_days(days);
        let seconds = within / MICROS_PER_SECOND;
        let mut text = String::with_capacity(27);
        push(&mut text, year, 1000);
        for (mark, number) in [('-', month), ('-', day)] {
            text.push(mark);
            push(&mut text, number, 10);
        }
        for (mark, number) in [
            ('T', seconds / 3600),
            (':', seconds / 60 % 60),
            (':', seconds % 60),
        ] {
            text.push(mark);
            push(&mut text, number, 10);
        }
        text.push('.');
        push(&mut text, within % MICROS_PER_SECOND, 100_000);
        text.push('Z');
        text
    }
}

impl FromStr for Timestamp {
    type Err = ScalarError;

    fn from_str(text: &str) -> Result<Self, ScalarError> {
        read(text.as_bytes())
            .map(Self)
            .ok_or_else(|| ScalarError::new("utc timestamp", text))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.to_text())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Timestamp({self})")
    }
}

string_serde!(Timestamp, "a utc timestamp", {"type": "string", "pattern": Timestamp::PATTERN});

/// Appends the digits of `number` from the place `unit` (a power of ten) down to ones.
fn push(text: &mut String, number: i64, unit: i64) {
    let mut place = unit;
    while place > 0 {
        let digit = number.checked_div(place).unwrap_or(0) % 10;
        text.push(u8::try_from(digit).map_or('0', |digit| b'0'.wrapping_add(digit).into()));
        place /= 10;
    }
}

/// Microseconds of a text of exactly the one form, `None` for any other.
fn read(text: &[u8]) -> Option<i64> {
    let text: &[u8; 27] = text.try_into().ok()?;
    let [
        y1,
        y2,
        y3,
        y4,
        b'-',
        m1,
        m2,
        b'-',
        d1,
        d2,
        b'T',
        h1,
        h2,
        b':',
        n1,
        n2,
        b':',
        s1,
        s2,
        b'.',
        fraction @ ..,
        b'Z',
    ] = text
    else {
        return None;
    };
    let date = (
        number(&[*y1, *y2, *y3, *y4])?,
        number(&[*m1, *m2])?,
        number(&[*d1, *d2])?,
    );
    let (hour, minute, second) = (
        number(&[*h1, *h2])?,
        number(&[*n1, *n2])?,
        number(&[*s1, *s2])?,
    );
    if date.0 < 1970 || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days = days_from_civil(date)?;
    let seconds = days
        .checked_mul(86_400)?
        .checked_add(hour.checked_mul(3600)?)?
        .checked_add(minute.checked_mul(60)?)?
        .checked_add(second)?;
    seconds
        .checked_mul(MICROS_PER_SECOND)?
        .checked_add(number(fraction)?)
}

fn number(digits: &[u8]) -> Option<i64> {
    let mut total: i64 = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        total = total
            .checked_mul(10)?
            .checked_add(i64::from(digit.wrapping_sub(b'0')))?;
    }
    Some(total)
}

/// Days since 1970-01-01 of a possible date, `None` for an impossible one.
fn days_from_civil((year, month, day): (i64, i64, i64)) -> Option<i64> {
    let length = month_length(year, month)?;
    if day < 1 || day > length {
        return None;
    }
    let days_before = days_before_year(year).checked_add(days_before_month(year, month))?;
    days_before.checked_add(day)?.checked_sub(1)
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn month_length(year: i64, month: i64) -> Option<i64> {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 if is_leap(year) => Some(29),
        2 => Some(28),
        _ => None,
    }
}

/// Days from 1970-01-01 to the first of January of a year from 1970 on.
#[expect(
    clippy::arithmetic_side_effects,
    reason = "a year has four digits, so nothing comes near the bounds"
)]
const fn days_before_year(year: i64) -> i64 {
    let past = year - 1;
    // 719_162 days lie between 0001-01-01 and 1970-01-01.
    past * 365 + past / 4 - past / 100 + past / 400 - 719_162
}

/// Days from the first of January to the first of a month.
const fn days_before_month(year: i64, month: i64) -> i64 {
    let common: i64 = match month {
        2 => 31,
        3 => 59,
        4 => 90,
        5 => 120,
        6 => 151,
        7 => 181,
        8 => 212,
        9 => 243,
        10 => 273,
        11 => 304,
        12 => 334,
        _ => 0,
    };
    if month > 2 && is_leap(year) {
        common.wrapping_add(1)
    } else {
        common
    }
}

/// Year, month and day of a day count from 1970 on.
#[expect(
    clippy::arithmetic_side_effects,
    reason = "a day count up to 9999 is below four million"
)]
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    // A year has at most 366 days, so the estimate is never too late and at most few years early.
    let mut year = 1970 + days / 366;
    while days_before_year(year + 1) <= days {
        year += 1;
    }
    let within = days - days_before_year(year);
    let month = (2..=12)
        .rev()
        .find(|month| days_before_month(year, *month) <= within)
        .unwrap_or(1);
    (year, month, within - days_before_month(year, month) + 1)
}
