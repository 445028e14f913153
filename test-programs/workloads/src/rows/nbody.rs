//! The motion of the Sun and the four outer planets, in double precision.
//!
//! Initial state, units (astronomical units, years, 4π² for the mass of the
//! Sun), the step of 0.01 and the integrator are those of the n-body program
//! of the Computer Language Benchmarks Game, so that its published energies
//! check ours: each step first changes all velocities by the attraction of
//! each pair, then all positions by the velocities.

use crate::{Meter, Work, Workload, checksum::Checksum, static_cell::StaticCell};

/// The benchmark.
pub const WORKLOAD: Workload = Workload {
    name: "nbody",
    unit: "40,000 steps of five bodies",
    units: 20,
    expected: 0xdb66_53d8_f541_7f98,
    work: Work::Compute { words: 0, run },
};

/// Steps computed in a unit.
const STEPS: u64 = 40_000;
/// Length of a step in years.
const STEP: f64 = 0.01;

/// The mass of the Sun in these units.
const SOLAR_MASS: f64 = 4.0 * core::f64::consts::PI * core::f64::consts::PI;
const DAYS_PER_YEAR: f64 = 365.24;

type Vector = [f64; 3];

#[derive(Clone, Copy)]
struct Body {
    position: Vector,
    velocity: Vector,
    mass: f64,
}

impl Body {
    /// A planet, from its velocity per day and its mass in those of the Sun.
    const fn planet(position: Vector, [x, y, z]: Vector, mass: f64) -> Self {
        Self {
            position,
            velocity: [x * DAYS_PER_YEAR, y * DAYS_PER_YEAR, z * DAYS_PER_YEAR],
            mass: mass * SOLAR_MASS,
        }
    }
}

const SUN: Body = Body {
    position: [0.0; 3],
    velocity: [0.0; 3],
    mass: SOLAR_MASS,
};
const JUPITER: Body = Body::planet(
    [
        4.841_431_442_464_721,
        -1.160_320_044_027_428_4,
        -0.103_622_044_471_123_11,
    ],
    [
        1.660_076_642_744_037e-3,
        7.699_011_184_197_404e-3,
        -6.904_600_169_720_63e-5,
    ],
    9.547_919_384_243_266e-4,
);
const SATURN: Body = Body::planet(
    [
        8.343_366_718_244_58,
        4.124_798_564_124_305,
        -0.403_523_417_114_321_4,
    ],
    [
        -2.767_425_107_264_119e-3,
        4.998_528_012_349_172e-3,
        2.304_172_975_737_639_3e-5,
    ],
    2.858_859_806_661_308e-4,
);
const URANUS: Body = Body::planet(
    [
        12.894_369_562_139_131,
        -15.111_151_401_698_631,
        -0.223_307_578_892_655_73,
    ],
    [
        2.964_601_375_647_616e-3,
        2.378_471_739_594_809_5e-3,
        -2.965_895_685_402_375_6e-5,
    ],
    4.366_244_043_351_563e-5,
);
const NEPTUNE: Body = Body::planet(
    [
        15.379_697_114_850_917,
        -25.919_314_609_987_964,
        0.179_258_772_950_371_18,
    ],
    [
        2.680_677_724_903_893_2e-3,
        1.628_241_700_382_423e-3,
        -9.515_922_545_197_159e-5,
    ],
    5.151_389_020_466_114_5e-5,
);

struct System([Body; 5]);

impl System {
    const START: Self = Self([SUN, JUPITER, SATURN, URANUS, NEPTUNE]);

    /// Gives the Sun the velocity that makes the total momentum zero.
    fn set_up(&mut self) {
        *self = Self::START;
        let mut momentum = [0.0; 3];
        for body in &self.0 {
            for (sum, velocity) in momentum.iter_mut().zip(body.velocity) {
                *sum += velocity * body.mass;
            }
        }
        self.0[0].velocity = momentum.map(|sum| -sum / SOLAR_MASS);
    }

    #[inline(never)]
    fn step(&mut self) {
        for first in 0..self.0.len() {
            let (bodies, others) = self.0.split_at_mut(first + 1);
            for other in others {
                attract(&mut bodies[first], other);
            }
        }
        for body in &mut self.0 {
            for (place, velocity) in body.position.iter_mut().zip(body.velocity) {
                *place += STEP * velocity;
            }
        }
    }

    /// Kinetic and potential energy.
    fn energy(&self) -> f64 {
        let mut energy = 0.0;
        for (at, body) in self.0.iter().enumerate() {
            energy += 0.5 * body.mass * square(body.velocity);
            for other in &self.0[at + 1..] {
                let distance = sqrt(square(difference(body, other)));
                energy -= body.mass * other.mass / distance;
            }
        }
        energy
    }

    fn checksum(&self) -> u64 {
        let mut checksum = Checksum::new();
        checksum.add(self.energy().to_bits());
        for body in &self.0 {
            for number in body.position.into_iter().chain(body.velocity) {
                checksum.add(number.to_bits());
            }
        }
        checksum.finish()
    }
}

fn attract(first: &mut Body, second: &mut Body) {
    let apart = difference(first, second);
    let distance_squared = square(apart);
    let pull = STEP / (distance_squared * sqrt(distance_squared));
    for (axis, apart) in apart.into_iter().enumerate() {
        first.velocity[axis] -= apart * second.mass * pull;
        second.velocity[axis] += apart * first.mass * pull;
    }
}

fn difference(first: &Body, second: &Body) -> Vector {
    let (a, b) = (first.position, second.position);
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn square([x, y, z]: Vector) -> f64 {
    x * x + y * y + z * z
}

#[cfg(target_arch = "riscv64")]
#[inline(always)]
#[allow(
    unsafe_code,
    reason = "`core` has no square root yet: use the instruction"
)]
fn sqrt(x: f64) -> f64 {
    let root;
    // SAFETY: changes nothing but its destination and the flags in fcsr, which
    // Rust code cannot see.
    unsafe {
        core::arch::asm!("fsqrt.d {}, {}", out(freg) root, in(freg) x, options(pure, nomem, nostack))
    };
    root
}

#[cfg(not(target_arch = "riscv64"))]
fn sqrt(x: f64) -> f64 {
    x.sqrt()
}

static SYSTEM: StaticCell<System> = StaticCell::new(System::START);

fn run(_: &mut [u64], meter: &mut Meter<'_>) {
    let system = SYSTEM.take();
    meter.measure(&mut || {
        system.set_up();
        for _ in 0..STEPS {
            system.step();
        }
        system.checksum()
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::digest_of_a_unit;

    #[test]
    fn energies_are_the_published_ones() {
        let mut system = System::START;
        system.set_up();
        let mut steps = 0;
        for (at, energy) in [
            (0, "-0.169075164"),
            (1_000, "-0.169087605"),
            (50_000, "-0.169078071"),
            (500_000, "-0.169096567"),
        ] {
            while steps < at {
                system.step();
                steps += 1;
            }
            assert_eq!(
                format!("{:.9}", system.energy()),
                energy,
                "after {at} steps"
            );
        }
    }

    /// The same motion, each coordinate in an array of its own.
    #[test]
    fn expected_checksum_is_that_of_a_plain_computation() {
        let mut system = System::START;
        system.set_up();
        let masses = system.0.map(|body| body.mass);
        let (mut p, mut v) = ([[0.0; 5]; 3], [[0.0; 5]; 3]);
        for axis in 0..3 {
            p[axis] = system.0.map(|body| body.position[axis]);
            v[axis] = system.0.map(|body| body.velocity[axis]);
        }
        for _ in 0..STEPS {
            for i in 0..5 {
                for j in i + 1..5 {
                    let d = [0, 1, 2].map(|axis: usize| p[axis][i] - p[axis][j]);
                    let r2: f64 = d[0].powi(2) + d[1].powi(2) + d[2].powi(2);
                    let pull = 0.01 / (r2 * r2.sqrt());
                    for axis in 0..3 {
                        v[axis][i] -= d[axis] * masses[j] * pull;
                        v[axis][j] += d[axis] * masses[i] * pull;
                    }
                }
            }
            for (p, v) in p.iter_mut().flatten().zip(v.iter().flatten()) {
                *p += 0.01 * v;
            }
        }
        for (at, body) in system.0.iter_mut().enumerate() {
            body.position = [0, 1, 2].map(|axis: usize| p[axis][at]);
            body.velocity = [0, 1, 2].map(|axis: usize| v[axis][at]);
        }
        let checksum = system.checksum();
        assert_eq!(checksum, WORKLOAD.expected, "{checksum:#018x}");
    }

    #[test]
    fn a_unit_has_the_expected_digest() {
        assert_eq!(digest_of_a_unit(&WORKLOAD), WORKLOAD.expected);
    }
}
