//! What `scheme = "etd2"` asks of a seed: every Fourier mode must evolve by itself under a field's linear terms.
//!
//! In: the seed and its model. Out: whether exponential time differencing has a meaning there, or one diagnostic per
//! obstacle. (Noise is refused with all schemes but `euler` and `heun`: see `linear_noise`.)

use super::{Model, split};
use crate::diagnostic::{Diagnostic, Span};
use crate::grid::Axis;
use crate::math::fft;
use crate::seed::{AxisBoundary, Mask, Scheme, Seed};

/// Whether the scheme can run the model; reports what is in its way.
pub(super) fn check(seed: &Seed, model: &Model, diagnostics: &mut Vec<Diagnostic>) -> bool {
    let scheme = seed.time.scheme;
    if scheme.value != Scheme::Etd2 {
        return true;
    }
    let mut refuse = |message: String, span: Span, label: &str, note: String| {
        diagnostics.push(Diagnostic::error(message).at(span, label).and(scheme.span, "the scheme").note(note));
    };
    if model.graph.is_some() {
        let note = "use `scheme = \"heun\"` or `\"rk4\"`";
        refuse("`etd2` has no meaning on a graph".into(), seed.domain.kind.span, "has no plane waves", note.into());
        return false;
    }
    let (walls, sizes, mask) = (walls(seed), sizes(seed), seed.domain.mask.as_ref());
    for span in &walls {
        let note = "make the axis periodic, or use `scheme = \"heun\"` or `\"rk4\"`";
        refuse("`etd2` has no meaning with walls".into(), *span, "waves do not run round here", note.into());
    }
    if let Some(mask) = mask {
        let (Mask::Expression(text) | Mask::File(text)) = mask;
        let note = "leave the mask out, or use `scheme = \"heun\"` or `\"rk4\"`";
        refuse("`etd2` has no meaning with a mask".into(), text.span, "cuts waves off", note.into());
    }
    for (axis, error, span) in &sizes {
        let note = format!("use {} cells, or `scheme = \"heun\"` or `\"rk4\"`", error.next);
        let message = format!("`etd2` can't transform {} cells along {}", error.size, axis.name());
        refuse(message, *span, "not a product of 2, 3 and 5", note);
    }
    let linear = has_linear_terms(model);
    if !linear {
        let message = "`etd2` integrates linear terms exactly, and no equation has any";
        diagnostics.push(
            Diagnostic::error(message)
                .at(scheme.span, "nothing to gain")
                .note("use `scheme = \"heun\"` or `\"rk4\"`")
                .note("linear terms are the field itself, its Laplacian or other derivatives, times constants"),
        );
    }
    linear && walls.is_empty() && sizes.is_empty() && mask.is_none()
}

/// Where the seed says that an axis has walls.
fn walls(seed: &Seed) -> Vec<Span> {
    let spans = seed.domain.boundary.iter().filter_map(|boundary| match boundary {
        AxisBoundary::Periodic(_) => None,
        AxisBoundary::NoFlux(span) | AxisBoundary::Walls(span, _) => Some(*span),
    });
    let mut spans: Vec<Span> = spans.collect();
    spans.dedup();
    spans
}

/// Axes whose number of cells has other prime factors than 2, 3 and 5.
fn sizes(seed: &Seed) -> Vec<(Axis, fft::FftError, Span)> {
    let axes = Axis::ALL.into_iter().zip(&seed.domain.shape);
    axes.filter_map(|(axis, cells)| Some((axis, fft::check_size(cells.value).err()?, cells.span))).collect()
}

fn has_linear_terms(model: &Model) -> bool {
    let evolves = |field: usize| !model.arena.is_zero(model.fields[field].equation);
    split(model).iter().any(|part| evolves(part.field) && !part.linear.is_empty())
}
