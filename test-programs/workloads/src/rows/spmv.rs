//! Sparse matrix times vector, in double precision.
//!
//! The matrix is stored by compressed rows: the non-zero values row by row,
//! the column of each, and where each row begins. The result of one product,
//! shrunk and shifted, is the vector of the next, so that every product counts.

use crate::{Meter, Work, Workload, checksum::Checksum, random::Random, static_cell::StaticCell};

/// The benchmark.
pub const WORKLOAD: Workload = Workload {
    name: "spmv",
    unit: "4,000 products of a sparse matrix of 200 rows",
    units: 5,
    expected: 0xa501_ed28_6e8d_1ae9,
    work: Work::Compute { words: 0, run },
};

/// Rows and columns.
const SIZE: usize = 200;
/// Room for the non-zero values.
const CAPACITY: usize = SIZE * 16;
/// Products computed in a unit.
const ROUNDS: usize = 4_000;

/// Matrix and vectors. What is written comes first, so that it lies next to
/// the code in the programs that are linked that way.
#[repr(C)]
struct Data {
    /// The result of the present product.
    product: [f64; SIZE],
    /// The vector that is multiplied.
    vector: [f64; SIZE],
    /// Row `r` has the values `row_starts[r]..row_starts[r + 1]`.
    row_starts: [u32; SIZE + 1],
    columns: [u32; CAPACITY],
    values: [f64; CAPACITY],
}

impl Data {
    const EMPTY: Self = Self {
        product: [0.0; SIZE],
        vector: [0.0; SIZE],
        row_starts: [0; SIZE + 1],
        columns: [0; CAPACITY],
        values: [0.0; CAPACITY],
    };

    /// Fills rows of 8 to 15 values in [-1, 1), and a vector of such values.
    fn set_up(&mut self) {
        let mut random = Random::new(2);
        let mut end = 0;
        for row in 0..SIZE {
            for _ in 0..8 + random.below(8) {
                self.columns[end] = random.below(SIZE as u64) as u32;
                self.values[end] = 2.0 * random.unit() - 1.0;
                end += 1;
            }
            self.row_starts[row + 1] = end as u32;
        }
        self.vector.fill_with(|| 2.0 * random.unit() - 1.0);
    }

    /// `product = matrix * vector`.
    #[inline(never)]
    fn multiply(&mut self) {
        for (row, product) in self.product.iter_mut().enumerate() {
            let values = self.row_starts[row] as usize..self.row_starts[row + 1] as usize;
            let mut sum = 0.0;
            for (column, value) in self.columns[values.clone()]
                .iter()
                .zip(&self.values[values])
            {
                sum += value * self.vector[*column as usize];
            }
            *product = sum;
        }
    }

    /// Makes the next vector of the product. A row has fewer than 16 values
    /// below 1, so that dividing by 16 keeps the vector bounded for ever.
    #[inline(never)]
    fn feed_back(&mut self, round: usize) {
        for (next, product) in self.vector.iter_mut().zip(&self.product) {
            *next = product * 0.0625 + 0.5;
        }
        self.vector[round % SIZE] -= 1.0;
    }
}

static DATA: StaticCell<Data> = StaticCell::new(Data::EMPTY);

fn run(_: &mut [u64], meter: &mut Meter<'_>) {
    let data = DATA.take();
    meter.measure(&mut || {
        data.set_up();
        // Errors of early products fade, so each product adds to the checksum.
        let mut checksum = Checksum::new();
        for round in 0..ROUNDS {
            data.multiply();
            checksum.add(data.product[round % SIZE].to_bits());
            data.feed_back(round);
        }
        checksum.finish()
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::digest_of_a_unit;

    /// The same iteration on a list of (row, column, value).
    #[test]
    fn expected_checksum_is_that_of_a_product_by_triples() {
        let mut data = Box::new(Data::EMPTY);
        data.set_up();
        let mut triples = Vec::new();
        for row in 0..SIZE {
            for at in data.row_starts[row]..data.row_starts[row + 1] {
                let at = at as usize;
                triples.push((row, data.columns[at] as usize, data.values[at]));
            }
        }
        let mut vector = data.vector.to_vec();
        let mut checksum = Checksum::new();
        for round in 0..ROUNDS {
            let mut product = vec![0.0; SIZE];
            for (row, column, value) in &triples {
                product[*row] += *value * vector[*column];
            }
            vector = product.iter().map(|x| x / 16.0 + 0.5).collect();
            vector[round % SIZE] -= 1.0;
            checksum.add(product[round % SIZE].to_bits());
        }
        let checksum = checksum.finish();
        assert_eq!(checksum, WORKLOAD.expected, "{checksum:#018x}");
    }

    #[test]
    fn a_unit_has_the_expected_digest() {
        assert_eq!(digest_of_a_unit(&WORKLOAD), WORKLOAD.expected);
    }
}
