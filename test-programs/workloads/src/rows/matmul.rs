//! The product of two square matrices in double precision, by its definition.

use crate::{
    Meter, Work, Workload,
    checksum::Checksum,
    memory::{view, words},
    random::Random,
};

/// The benchmark.
pub const WORKLOAD: Workload = Workload {
    name: "matmul",
    unit: "10 products of 128 × 128 doubles",
    units: 4,
    expected: 0x039b_123f_6382_ee1d,
    work: Work::Compute {
        words: words(3 * SIZE * SIZE * 8),
        run,
    },
};

/// Rows and columns.
const SIZE: usize = 128;
/// Products of a unit. The result of one, made smaller, is a factor of the next.
const ROUNDS: usize = 10;

type Row = [f64; SIZE];

/// Fills both factors with numbers in [-1, 1).
#[inline(never)]
fn set_up(a: &mut [Row], b: &mut [Row]) {
    let mut random = Random::new(5);
    for number in a.iter_mut().chain(b).flatten() {
        *number = 2.0 * random.unit() - 1.0;
    }
}

/// `product = a * b`.
#[inline(never)]
fn multiply(product: &mut [Row], a: &[Row], b: &[Row]) {
    for (product, a) in product.iter_mut().zip(a) {
        for (column, product) in product.iter_mut().enumerate() {
            let mut sum = 0.0;
            for (a, b) in a.iter().zip(b) {
                sum += a * b[column];
            }
            *product = sum;
        }
    }
}

fn run(memory: &mut [u64], meter: &mut Meter<'_>) {
    let (rows, _) = view::<f64>(memory).as_chunks_mut();
    let (a, rest) = rows.split_at_mut(SIZE);
    let (b, product) = rest.split_at_mut(SIZE);
    meter.measure(&mut || {
        set_up(a, b);
        let mut checksum = Checksum::new();
        for _ in 0..ROUNDS {
            multiply(product, a, b);
            for (index, row) in product.iter().enumerate() {
                checksum.add(row[index].to_bits());
            }
            for (a, product) in a.iter_mut().flatten().zip(product.iter().flatten()) {
                *a = product / SIZE as f64;
            }
        }
        checksum.finish()
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::digest_of_a_unit;

    /// Row by row of the second factor, so that each sum grows by one at a time, in
    /// the same order.
    #[test]
    fn expected_digest_is_that_of_sums_of_rows() {
        let (mut a, mut b) = (vec![[0.0; SIZE]; SIZE], vec![[0.0; SIZE]; SIZE]);
        set_up(&mut a, &mut b);
        let mut checksum = Checksum::new();
        for _ in 0..ROUNDS {
            let mut product = vec![[0.0; SIZE]; SIZE];
            for (k, from) in b.iter().enumerate() {
                for (i, to) in product.iter_mut().enumerate() {
                    (0..SIZE).for_each(|j| to[j] += a[i][k] * from[j]);
                }
            }
            (0..SIZE).for_each(|i| checksum.add(product[i][i].to_bits()));
            a = product;
            a.iter_mut()
                .flatten()
                .for_each(|number| *number *= 1.0 / 128.0);
        }
        let digest = checksum.finish();
        assert_eq!(digest, WORKLOAD.expected, "{digest:#018x}");
    }

    #[test]
    fn a_unit_has_the_expected_digest() {
        assert_eq!(digest_of_a_unit(&WORKLOAD), WORKLOAD.expected);
    }
}
