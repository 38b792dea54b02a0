//! How a draw falls (docs/office.md, “The draw”): a few lines that anybody can write again from the text.

use mingzheng_core::id::{Digest, sha256_parts};

/// What is published before the draw, so that the seed cannot be chosen afterwards.
#[must_use]
pub fn commitment(seed: &[u8]) -> Digest {
    sha256_parts(&[b"mz1/draw-seed\0", seed])
}

/// Numbers of a draw: SHA-256 over key, label and a counter.
pub struct Lot {
    key: Digest,
    label: Vec<u8>,
    n: u64,
}

impl Lot {
    /// For one choice; `words` are what a witness said before the seed was shown.
    #[must_use]
    pub fn new(seed: &[u8], words: &str, label: &str) -> Self {
        Self { key: sha256_parts(&[b"mz1/draw-key\0", seed, words.as_bytes()]), label: label.as_bytes().to_vec(), n: 0 }
    }

    fn next(&mut self) -> u64 {
        let digest = sha256_parts(&[b"mz1/draw\0", &self.key, &self.label, b"\0", &self.n.to_be_bytes()]);
        self.n += 1;
        digest.iter().take(8).fold(0, |n, b| n << 8 | u64::from(*b))
    }

    /// Below `bound`, each alike: numbers of the incomplete last run are thrown away.
    fn below(&mut self, bound: u64) -> u64 {
        let over = (u64::MAX % bound + 1) % bound;
        loop {
            let n = self.next();
            if n <= u64::MAX - over {
                return n % bound;
            }
        }
    }

    /// `take` of `from`, in the order drawn: the first steps of a Fisher–Yates shuffle. All where there are no more.
    #[must_use]
    pub fn draw<T: Clone>(mut self, from: &[T], take: usize) -> Vec<T> {
        let mut all = from.to_vec();
        for i in 0..take.min(all.len()) {
            let left = (all.len() - i) as u64;
            let j = i + usize::try_from(self.below(left)).unwrap_or(0);
            all.swap(i, j);
        }
        all.truncate(take);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R36: every one of a list is drawn about as often as every other, first places and last.
    #[test]
    fn r36_nobody_is_drawn_more_often_than_others() {
        let from: Vec<u32> = (0..7).collect();
        let mut times = [0u32; 7];
        for seed in 0..7000u32 {
            let drawn = Lot::new(&seed.to_be_bytes(), "", "enterprises").draw(&from, 2);
            assert_eq!(drawn.len(), 2);
            assert_ne!(drawn.first(), drawn.last());
            for d in drawn {
                if let Some(t) = times.get_mut(d as usize) {
                    *t += 1;
                }
            }
        }
        assert!(times.iter().all(|t| (1850..=2150).contains(t)), "2000 each are expected: {times:?}");
        assert_eq!(Lot::new(b"x", "", "a").draw(&from, 9).len(), 7);
    }
}
