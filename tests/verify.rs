//! `verify` itself: its quick checks hold on the CPU, and what does not hold is said to fail.

use semafield::error::Error;
use semafield::math::arithmetic::Precision;
use semafield::soil::Silent;
use semafield::verify::{Check, Finding, Lab, Place, Reach, Report, checks, verify};

const QUICK: [&str; 11] = ["V1", "V6", "V15", "V17", "V18", "V19", "V21", "V22", "V23", "mass", "parity"];

fn on_cpu(checks: &[Check], precision: Precision) -> Report {
    verify(checks, &[Place::cpu(precision)], false, 2, &Silent)
}

#[test]
fn quick_checks_hold_on_the_cpu_in_both_precisions() {
    let quick: Vec<Check> = checks().into_iter().filter(|check| QUICK.contains(&check.id)).collect();
    assert!(QUICK.iter().all(|id| quick.iter().any(|check| check.id == *id)));
    for precision in [Precision::F64, Precision::F32] {
        let report = on_cpu(&quick, precision);
        assert!(report.holds(), "{}", report.table());
        assert!(report.rows.len() >= quick.len());
    }
}

const DECAY: &str = r#"
semafield = 1
[domain]
kind = "grid"
shape = [8]
size = [8.0]
[fields]
u = {type = "real", initial = "1"}
[equations]
u = "-u"
[time]
scheme = "rk4"
dt = 0.01
stop = 1.0
[observe]
series = {u = "mean(u)"}
"#;

fn decay(lab: &Lab, expected: f64) -> Result<Vec<Finding>, Error> {
    let mut field = lab.grow(DECAY, &[])?;
    field.until(1.0)?;
    Ok(vec![Finding::relative("e^-t at t = 1", expected, field.measure("u")?, 1e-4)])
}

fn check(id: &'static str, run: fn(&Lab) -> Result<Vec<Finding>, Error>) -> Check {
    Check { id, what: "decay", reach: Reach::Everywhere, run }
}

#[test]
fn a_wrong_expectation_and_a_broken_seed_are_failed_rows() {
    let right = check("right", |lab| decay(lab, (-1f64).exp()));
    let wrong = check("wrong", |lab| decay(lab, 1.001 * (-1f64).exp()));
    let broken = check("broken", |lab| {
        lab.grow(&DECAY.replace("-u", "-w"), &[])?;
        Ok(vec![])
    });
    let report = on_cpu(&[right, wrong, broken], Precision::F64);
    assert_eq!(report.rows.iter().map(|row| row.ok).collect::<Vec<_>>(), [true, false, false]);
    assert!(!report.holds());
    assert!(report.rows[2].failure.as_ref().unwrap().contains("unknown name `w`"));
    let table = report.table();
    assert_eq!(table.matches("FAILED").count(), 3, "two rows and the verdict:\n{table}");
}

#[test]
fn json_has_a_row_per_comparison() {
    let report = on_cpu(&[check("right", |lab| decay(lab, (-1f64).exp()))], Precision::F32);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["held"], 1);
    assert_eq!(json["failed"], 0);
    assert_eq!(json["places"][0], "cpu f32");
    let row = &json["rows"][0];
    assert_eq!(
        (row["id"].as_str(), row["place"].as_str(), row["ok"].as_bool()),
        (Some("right"), Some("cpu f32"), Some(true))
    );
    assert!(row["expected"].is_f64() && row["measured"].is_f64() && row["error"].is_f64() && row["tolerance"].is_f64());
}

#[test]
fn long_and_slow_checks_stay_away_from_software_adapters() {
    let software = Place { software: true, ..Place::cpu(Precision::F32) };
    assert!(Reach::Everywhere.includes(&software, false));
    assert!(!Reach::Fast.includes(&software, true) && !Reach::Long.includes(&software, true));
    let cpu = Place::cpu(Precision::F64);
    assert!(Reach::Long.includes(&cpu, true) && !Reach::Long.includes(&cpu, false));
    assert!(Reach::Reference.includes(&cpu, false) && !Reach::Reference.includes(&software, false));
}
