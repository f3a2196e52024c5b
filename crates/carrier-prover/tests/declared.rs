//! Declared carriers on a real server: the live database as its evidence says, the control proven.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "live/lab.rs"]
mod lab;

use carrier_prover::contract::{CriterionOutcome, RejectCode, carrier_report};
use carrier_prover::{CRITERIA, Declarations, Heading, Report, render, seal};
use postgres_lab::Server;

const LIVE: &str = include_str!("fixtures/directus-live.sql");
const USES: &str = include_str!("fixtures/declared-uses.json");
const CONTROL: &str = include_str!("fixtures/proven-control.sql");
const CONTROL_USE: &str = include_str!("fixtures/proven-control.toml");

fn live(server: &Server) -> Report {
    lab::database(server, "live", &[LIVE]);
    let prover = lab::prover(server, "live");
    prover
        .prove(&Declarations::from_json(USES).unwrap())
        .unwrap()
}

fn control(server: &Server) -> Report {
    lab::database(server, "control", &[CONTROL]);
    let prover = lab::prover(server, "control");
    let declared = Declarations::from_toml(CONTROL_USE).unwrap();
    prover.prove(&declared).unwrap()
}

fn heading() -> Heading {
    Heading {
        trust_domain: "holdfast".to_owned(),
        audience: "holdfast.registration".to_owned(),
        run_id: "lab".to_owned(),
        issued_at: "2026-06-21T09:00:00.000000Z".parse().unwrap(),
        expires_at: "2026-06-21T09:05:00.000000Z".parse().unwrap(),
    }
}

#[test]
fn the_live_database_classifies_as_its_evidence_says() {
    lab::on_every_version(|server| {
        let report = live(server);
        assert_eq!(report.unknown, Vec::<String>::new());
        let found: Vec<(String, String, String)> = report
            .carriers
            .iter()
            .map(|proof| {
                let used_as = proof.used_as.as_str().to_owned();
                (proof.carrier.clone(), used_as, proof.class.to_string())
            })
            .collect();
        let expected: Vec<(String, String, String)> = report
            .carriers
            .iter()
            .map(|proof| {
                let used_as = proof.used_as.as_str().to_owned();
                (
                    proof.carrier.clone(),
                    used_as,
                    proof.expect.clone().unwrap(),
                )
            })
            .collect();
        assert_eq!(found.len(), 14);
        assert_eq!(found, expected);
        let replay = report
            .carriers
            .iter()
            .find(|proof| proof.carrier == "iu_route_attempt")
            .unwrap();
        assert!(replay.codes.contains(&RejectCode::ReplaySurfaceNotFit));
        let writer = report.carriers.first().unwrap();
        let writer = writer.criterion("writer_authority").unwrap();
        assert_eq!(writer.outcome, CriterionOutcome::Refuted);
        assert!(
            writer
                .witness
                .as_ref()
                .unwrap()
                .contains("as `directus`: INSERT INTO")
        );
    });
}

#[test]
fn the_control_is_proven_in_every_criterion() {
    lab::on_every_version(|server| {
        let report = control(server);
        let proof = report.carriers.first().unwrap();
        for name in CRITERIA {
            let judged = proof.criterion(name).unwrap();
            assert_eq!(judged.outcome, CriterionOutcome::Proven, "{judged:#?}");
        }
        assert_eq!(
            Some(proof.class.to_string()),
            proof.expect,
            "{}",
            proof.reason
        );
        assert!(proof.codes.is_empty(), "{:?}", proof.codes);
        assert!(proof.dual_writers.is_empty());
    });
}

#[test]
fn both_reports_keep_their_contract_and_can_be_read() {
    lab::on_every_version(|server| {
        for report in [live(server), control(server)] {
            let sealed = seal(&report, &heading()).unwrap();
            let opened = carrier_report().open(&sealed).unwrap();
            assert_eq!(opened.carriers.len(), report.carriers.len());
            assert_eq!(opened.fingerprint, report.fingerprint);
            let text = render(&report);
            if std::env::var_os("CARRIER_REPORT_SHOW").is_some() {
                eprintln!("{text}");
            }
            for proof in &report.carriers {
                assert!(text.contains(&proof.class.to_string()));
            }
        }
    });
}
