//! Random numbers of the simulation: xoshiro256++ (Blackman and Vigna 2019), seeded by `SplitMix64`, so that every run is repeatable.

pub(crate) struct Random {
    state: [u64; 4],
    spare: Option<f64>,
}

impl Random {
    /// A stream of its own for each run of each row.
    pub(crate) fn new(row: u64, run: u64) -> Self {
        let mut seed = 0x6b61_6469_616e_0001_u64 ^ row.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ run.rotate_left(32);
        let state = std::array::from_fn(|_| {
            seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        });
        Random { state, spare: None }
    }

    fn next(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// Within (0, 1).
    #[expect(clippy::cast_precision_loss, reason = "53 bits")]
    pub(crate) fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0
    }

    /// Standard normal (Box and Muller).
    pub(crate) fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        let (sin, cos) = (2.0 * std::f64::consts::PI * self.uniform()).sin_cos();
        self.spare = Some(radius * sin);
        radius * cos
    }

    /// Poisson by the arrivals of a unit of time.
    pub(crate) fn poisson(&mut self, mean: f64) -> f64 {
        let (mut time, mut count) = (0.0, 0.0);
        loop {
            time -= self.uniform().ln();
            if time > mean {
                return count;
            }
            count += 1.0;
        }
    }

    /// Geometric from 1, with this mean.
    pub(crate) fn geometric(&mut self, mean: f64) -> f64 {
        (self.uniform().ln() / (1.0 - 1.0 / mean).ln()).ceil().max(1.0)
    }
}
