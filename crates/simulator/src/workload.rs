//! What the clients of a run want: a few requests, each of a kind that has gone wrong somewhere.

use canonical::{Nonce, hash_bytes, tags, write};
use fastrand::Rng;
use serde_json::{Value, json};

use crate::act::Act;
use crate::error::SimulatorError;
use crate::kernel::version_7;
use crate::scene::{Scene, TARGETS, content_hash};

/// One request, as its client sends it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) bytes: Vec<u8>,
    pub(crate) nonce: String,
}

/// What a process is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Register the request of this number.
    Register(usize),
    /// Say what registering it would come to.
    Plan(usize),
    /// Recover.
    Recover,
    /// Something that is not the process's own doing.
    Act(Act),
}

/// Everything that a run does.
#[derive(Clone, Debug)]
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) requests: Vec<Request>,
    pub(crate) scripts: Vec<Vec<Task>>,
}

/// What a request differs in from the plain one.
struct Wish {
    dot_code: &'static str,
    operation: &'static str,
    version: u32,
    run_id: &'static str,
    attempt_no: u64,
}

/// The plain request.
const PLAIN: Wish = Wish {
    dot_code: "DOT_A",
    operation: "register_dot",
    version: 1,
    run_id: "run-1",
    attempt_no: 1,
};

impl Workload {
    /// Draws what is done.
    pub(crate) fn draw(rng: &mut Rng, scene: &Scene) -> Result<Self, SimulatorError> {
        let mut made = Maker {
            rng,
            scene,
            requests: Vec::new(),
        };
        let first = made.request(&PLAIN, None)?;
        let (name, mut scripts) = if made.rng.bool() {
            of_one_nonce(&mut made, first)?
        } else {
            of_several(&mut made, first)?
        };
        if made.rng.u8(..3) == 0 {
            scripts.push(vec![Task::Recover]);
        }
        if made.rng.u8(..6) == 0
            && let Some(script) = scripts.last_mut()
        {
            script.insert(0, Task::Plan(first));
        }
        Ok(Self {
            name,
            requests: made.requests,
            scripts,
        })
    }
}

type Drawn = (&'static str, Vec<Vec<Task>>);

/// One nonce, used more than once.
fn of_one_nonce(made: &mut Maker<'_>, first: usize) -> Result<Drawn, SimulatorError> {
    use Task::Register;
    let nonce = made.nonce_of(first);
    let kind = made.rng.u8(..5);
    let (name, other) = match kind {
        0 => {
            let scripts = vec![vec![Register(first)]; 3];
            return Ok(("identical", scripts));
        }
        1 => {
            let script = vec![Register(first), Register(first)];
            return Ok(("one", vec![script]));
        }
        2 => (
            "another counter",
            Wish {
                attempt_no: 2,
                ..PLAIN
            },
        ),
        3 => (
            "another target",
            Wish {
                dot_code: "DOT_B",
                ..PLAIN
            },
        ),
        _ => (
            "another run",
            Wish {
                run_id: "run-2",
                ..PLAIN
            },
        ),
    };
    let other = made.request(&other, Some(&nonce))?;
    Ok((name, vec![vec![Register(first)], vec![Register(other)]]))
}

/// Several nonces, on one target or on two.
fn of_several(made: &mut Maker<'_>, first: usize) -> Result<Drawn, SimulatorError> {
    use Task::{Act as Other, Register};
    let kind = made.rng.u8(..5);
    let again = Wish {
        operation: "reregister_dot",
        ..PLAIN
    };
    let (name, wish) = match kind {
        0 => ("one target", PLAIN),
        1 => (
            "two targets",
            Wish {
                dot_code: "DOT_B",
                ..PLAIN
            },
        ),
        2 => ("changed approval", PLAIN),
        3 => (
            "new artifact",
            Wish {
                version: 2,
                ..PLAIN
            },
        ),
        _ => ("retired", again),
    };
    let second = made.request(&wish, None)?;
    let scripts = match kind {
        2 => vec![
            vec![Register(first)],
            vec![Other(Act::ChangeApproval(0)), Register(second)],
        ],
        3 => {
            let script = vec![
                Register(first),
                Other(Act::NewArtifact(0)),
                Register(second),
            ];
            vec![script, vec![Register(second)]]
        }
        4 => {
            let third = made.request(&wish, None)?;
            let script = vec![Register(first), Other(Act::Retire(0)), Register(second)];
            vec![script, vec![Register(third)]]
        }
        _ => vec![vec![Register(first)], vec![Register(second)]],
    };
    Ok((name, scripts))
}

struct Maker<'a> {
    rng: &'a mut Rng,
    scene: &'a Scene,
    requests: Vec<Request>,
}

impl Maker<'_> {
    fn nonce_of(&self, number: usize) -> String {
        let request = self.requests.get(number);
        request.map_or_else(String::new, |request| request.nonce.clone())
    }

    /// Makes a request, with a nonce of its own unless one is given; gives its number.
    fn request(&mut self, wish: &Wish, nonce: Option<&str>) -> Result<usize, SimulatorError> {
        let hash = content_hash(wish.dot_code, wish.version);
        let nonce = if let Some(nonce) = nonce {
            nonce.to_owned()
        } else {
            let target = format!("dot:{}", wish.dot_code);
            let millis = self.scene.begins.micros().unsigned_abs().div_euclid(1000);
            let uuid = version_7(millis.into(), self.rng.u128(..));
            Nonce::mint(uuid, wish.operation, &target, &hash)?.to_string()
        };
        let target = self
            .scene
            .targets
            .iter()
            .find(|target| target.dot_code == wish.dot_code);
        // The second admission of a target follows the first ones of all.
        let admission_ref = match wish.version {
            1 => target.map_or(String::new(), |target| target.admission_ref.clone()),
            _ => format!("adm-{}", TARGETS.len().saturating_add(1)),
        };
        let request = json!({
            "envelope_type": "registration-request", "envelope_version": "1",
            "attempt_no": wish.attempt_no,
            "header": {
                "trust_domain": "holdfast", "audience": "holdfast.registration",
                "run_id": wish.run_id, "attempt_id": null, "correlation_id": null,
                "producer": "caller", "issued_at": self.scene.begins,
                "expires_at": self.scene.begins.checked_add_millis(300_000),
                "evidence_hash": null, "source_refs": [], "key_id": null, "key_status_ref": null,
            },
            "request_proposed": {
                "run_id": wish.run_id, "dot_code": wish.dot_code, "operation": wish.operation,
                "artifact_hash": hash, "artifact_path": target.map(|target| target.path.clone()),
                "artifact_type": "file", "admission_ref": admission_ref,
                "actor": "alice", "nonce": nonce,
            },
        });
        let bytes = seal(request)?;
        self.requests.push(Request { bytes, nonce });
        Ok(self.requests.len().saturating_sub(1))
    }
}

/// Seals a request: its evidence hash is computed over the canonical bytes.
fn seal(mut request: Value) -> Result<Vec<u8>, SimulatorError> {
    let digest = hash_bytes(&tags::evidence("registration-request"), &write(&request)?);
    if let Some(hash) = request.pointer_mut("/header/evidence_hash") {
        *hash = json!(digest);
    }
    Ok(write(&request)?)
}
