//! Another validator as a process: one line in, one line out.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;

use serde::Deserialize;

use crate::answer::Answer;
use crate::error::SituationError;
use crate::situation::Texts;

/// A running validator that speaks the line mode of `examples/validator`.
#[derive(Debug)]
pub struct Foreign {
    program: String,
    child: Child,
    input: Option<BufWriter<ChildStdin>>,
    output: BufReader<ChildStdout>,
    kept: BTreeMap<&'static str, Texts>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Judged(Box<Answer>),
    Unusable {
        #[expect(dead_code, reason = "only that it is there matters")]
        unusable: String,
    },
}

impl Foreign {
    /// Starts a program, words separated by spaces, with `--lines` after them.
    pub fn start(program: &str) -> Result<Self, SituationError> {
        let mut words = program.split_whitespace();
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).arg("--lines");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|source| failed(program, source))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(SituationError::ThreadEnded);
        };
        Ok(Self {
            program: program.to_owned(),
            child,
            input: Some(BufWriter::with_capacity(1 << 20, input)),
            output: BufReader::new(output),
            kept: BTreeMap::new(),
        })
    }

    /// Has it remember a baseline, so that its situations need only say what they have otherwise.
    pub fn keep(&mut self, texts: Texts) -> Result<(), SituationError> {
        let line = format!(
            "{{\"as\":\"{}\",\"keep\":{}}}",
            texts.baseline,
            texts.frame(None)
        );
        write(&mut self.input, &[line]).map_err(|source| failed(&self.program, source))?;
        hear(&self.program, &mut self.output)?;
        self.kept.insert(texts.baseline, texts);
        Ok(())
    }

    /// Asks about one situation; `None` where the frame itself cannot be used.
    pub fn judge(&mut self, texts: &Texts) -> Result<Option<Answer>, SituationError> {
        let mut answers = Vec::new();
        self.judge_all(&[texts], |_, answer| {
            answers.push(answer);
            Ok(())
        })?;
        answers.pop().ok_or(SituationError::ThreadEnded)
    }

    /// Asks about many at once, and gives each answer with its place; while the questions are being
    /// written the answers are read, so that neither side waits for the other with a full pipe.
    pub fn judge_all(
        &mut self,
        questions: &[&Texts],
        mut each: impl FnMut(usize, Option<Answer>) -> Result<(), SituationError>,
    ) -> Result<(), SituationError> {
        let lines: Vec<String> = questions.iter().map(|texts| self.line(texts)).collect();
        let (program, input, output) = (&self.program, &mut self.input, &mut self.output);
        thread::scope(|scope| {
            let writing = scope.spawn(move || write(input, &lines));
            for place in 0..questions.len() {
                each(place, read(program, output)?)?;
            }
            let written = writing.join().map_err(|_| SituationError::ThreadEnded)?;
            written.map_err(|source| failed(program, source))
        })
    }

    fn line(&self, texts: &Texts) -> String {
        match self.kept.get(texts.baseline) {
            Some(kept) => texts.frame(Some(kept)),
            None => texts.frame(None),
        }
    }
}

fn write(input: &mut Option<BufWriter<ChildStdin>>, lines: &[String]) -> io::Result<()> {
    if let Some(input) = input {
        for line in lines {
            writeln!(input, "{line}")?;
        }
        input.flush()?;
    }
    Ok(())
}

fn read(
    program: &str,
    output: &mut BufReader<ChildStdout>,
) -> Result<Option<Answer>, SituationError> {
    let line = hear(program, output)?;
    let line: Line = serde_json::from_str(&line).map_err(|source| SituationError::Json {
        what: format!("an answer of `{program}`"),
        source,
    })?;
    Ok(match line {
        Line::Judged(answer) => Some(*answer),
        Line::Unusable { .. } => None,
    })
}

fn hear(program: &str, output: &mut BufReader<ChildStdout>) -> Result<String, SituationError> {
    let mut line = String::new();
    let read = output.read_line(&mut line);
    if read.map_err(|source| failed(program, source))? == 0 {
        return Err(SituationError::Silent {
            program: program.to_owned(),
        });
    }
    Ok(line)
}

fn failed(program: &str, source: io::Error) -> SituationError {
    SituationError::Foreign {
        program: program.to_owned(),
        source,
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        // The end of its input ends it; whoever does not listen is ended.
        drop(self.input.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
