//! Seeds of the tests of `etd2`.

use semafield::model::Model;

/// A seed with scheme `etd2`.
pub(super) fn seed(domain: &str, parameters: &str, fields: &str, equations: &str, dt: f64, stop: f64) -> String {
    format!(
        "semafield = 1\n[domain]\nkind = \"grid\"\n{domain}\n[parameters]\n{parameters}\n[fields]\n{fields}\n\
         [equations]\n{equations}\n[time]\nscheme = \"etd2\"\ndt = {dt:?}\nstop = {stop:?}\n"
    )
}

pub(super) fn model(text: &str) -> Model {
    let reading = Model::from_text(text);
    reading.model.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics))
}

/// L = 22 on 64 cells; `SCHEME` and `STEP` are to be filled in.
pub(super) const KURAMOTO_SIVASHINSKY: &str = r#"
semafield = 1
[domain]
kind = "grid"
shape = [64]
size = [22.0]
[fields]
u = {type = "real", initial = "cos(x*0.2855993321445266) + 0.5*sin(x*0.5711986642890533)"}
[equations]
u = "-laplacian(u) - laplacian(laplacian(u)) - 0.5*dx(u^2)"
[time]
scheme = "SCHEME"
dt = STEP
stop = 1.0
"#;

pub(super) const CGLE: &str = r#"
semafield = 1
[domain]
kind = "grid"
shape = [24, 20]
size = [12.0, 10.0]
stencil = 9
[parameters]
alpha = 2.0
[fields]
A = {type = "complex", initial = "0.6*cos(x*0.5235987755982988) + 0.4*i*sin(y*0.6283185307179586)"}
[equations]
A = "A - (1 - 1.2*i)*abs2(A)*A + (1 + i*alpha)*laplacian(A)"
[time]
scheme = "SCHEME"
dt = STEP
stop = 1.0
"#;

pub(super) const SWIFT_HOHENBERG: &str = r#"
semafield = 1
[domain]
kind = "grid"
shape = [18, 15]
size = [18.0, 15.0]
[parameters]
r = 0.4
[fields]
u = {type = "real", initial = "0.6*cos(x*1.0471975511965976) + 0.3*sin(y*0.8377580409572781)"}
[equations]
u = "r*u - (u + 2*laplacian(u) + laplacian(laplacian(u))) + 0.5*u^2 - u^3"
[time]
scheme = "SCHEME"
dt = STEP
stop = 2.0
"#;
