//! Density and life time of phase defects, from their history.
//!
//! In: how many defects stand at each observation, and the events between them (`run::history`). Out: over the second
//! half of a run, N(t) being the number of defects by the trapezoid rule:
//!
//! - density = (integral of N dt) / (duration x area);
//! - life time = (integral of N dt) / (number of ends): the time that all defects lived, by the deaths it took (Little's
//!   law; the maximum-likelihood mean where the risk of ending is constant, unbiased by lives cut off at either end);
//! - births = defects born / (duration x area).
//!
//! A pair that lives for less than the interval of observation is not seen: `observe.every` is part of the measure.

use crate::output::tables::Event;

/// What defects did over some time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lives {
    /// Defects per unit of area.
    pub density: f64,
    /// Mean life time; NaN where none ended.
    pub lifetime: f64,
    /// Defects born per unit of area and time.
    pub births: f64,
}

/// How many defects an event adds, and how many it takes away.
fn change(kind: &str) -> [u32; 2] {
    match kind {
        "birth" => [2, 0],
        "enter" => [1, 0],
        "annihilation" => [0, 2],
        "exit" => [0, 1],
        _ => [0, 0],
    }
}

/// From observations (time, defects) in order and the events between them; `area` in the seed's units.
pub fn lives(observed: &[(f64, usize)], events: &[Event], area: f64) -> Lives {
    let (Some(&(start, _)), Some(&(end, _))) = (observed.first(), observed.last()) else {
        return Lives { density: f64::NAN, lifetime: f64::NAN, births: f64::NAN };
    };
    let half = f64::midpoint(start, end);
    // The observation at or before the half: what follows it is counted.
    let first = observed.iter().rposition(|&(time, _)| time <= half).unwrap_or(0);
    let seen = &observed[first..];
    let number = |count: usize| count as f64;
    let lived: f64 = seen.windows(2).map(|w| (w[1].0 - w[0].0) * (number(w[0].1) + number(w[1].1)) / 2.0).sum();
    let duration = end - seen[0].0;
    let [mut born, mut ended] = [0, 0];
    for event in events.iter().filter(|event| event.time > seen[0].0) {
        let [added, taken] = change(&event.kind);
        (born, ended) = (born + added, ended + taken);
    }
    Lives {
        density: lived / (duration * area),
        lifetime: if ended > 0 { lived / f64::from(ended) } else { f64::NAN },
        births: f64::from(born) / (duration * area),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(time: f64, kind: &str) -> Event {
        Event { time, kind: kind.into(), ..Event::default() }
    }

    #[test]
    fn lives_of_equal_length_are_found_exactly() {
        // A pair is born at each odd time and dies three later: always 2 or 4 defects, 2 deaths every 2 units.
        let (mut observed, mut events) = (vec![], vec![]);
        for time in 0..=400_u32 {
            let pairs = (1..=time).filter(|born| born % 2 == 1 && born + 3 > time).count();
            observed.push((f64::from(time), 2 * pairs));
            if time % 2 == 1 {
                events.push(event(f64::from(time), "birth"));
                events.push(event(f64::from(time) + 3.0, "annihilation"));
            }
        }
        events.retain(|event| event.time <= 400.0);
        let lives = lives(&observed, &events, 50.0);
        assert!((lives.lifetime - 3.0).abs() < 1e-12, "{lives:?}");
        assert!((lives.density - 3.0 / 50.0).abs() < 1e-12 && (lives.births - 0.02).abs() < 1e-12, "{lives:?}");
    }

    #[test]
    fn immortals_have_no_life_time() {
        let lives = lives(&[(0.0, 4), (1.0, 4), (2.0, 4)], &[], 2.0);
        assert!(lives.lifetime.is_nan() && lives.density == 2.0 && lives.births == 0.0);
        assert!(super::lives(&[], &[], 1.0).density.is_nan());
    }
}
