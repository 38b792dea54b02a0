//! The Merkle tree of RFC 9162 §2.1 (SHA-256): roots, inclusion and consistency.

use crate::id::{Digest, sha256, sha256_parts};

/// Hash of a leaf.
#[must_use]
pub fn leaf(bytes: &[u8]) -> Digest {
    sha256_parts(&[&[0], bytes])
}

fn node(left: &Digest, right: &Digest) -> Digest {
    sha256_parts(&[&[1], left, right])
}

/// Root of the tree over the leaf hashes.
#[must_use]
pub fn root(leaves: &[Digest]) -> Digest {
    let mut f = Frontier::default();
    for l in leaves {
        f.push(*l);
    }
    f.root()
}

/// The right border of a growing tree: enough to append and to know the root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Digest>,
}
impl Frontier {
    /// Appends a leaf hash.
    pub fn push(&mut self, leaf: Digest) {
        self.push_with(leaf, |_, _, _| ());
    }
    /// Appends a leaf hash and tells level, index and root of each subtree of two leaves or more that it completes.
    pub fn push_with(&mut self, leaf: Digest, mut complete: impl FnMut(u32, u64, Digest)) {
        let mut hash = leaf;
        let (mut n, mut level) = (self.size, 0);
        while n & 1 == 1 {
            if let Some(left) = self.peaks.pop() {
                hash = node(&left, &hash);
            }
            n >>= 1;
            level += 1;
            complete(level, n, hash);
        }
        self.peaks.push(hash);
        self.size += 1;
    }
    /// Inclusion path of the leaf that is appended next: all subtrees beside it lie to its left.
    #[must_use]
    pub fn next_path(&self) -> Vec<Digest> {
        self.peaks.iter().rev().copied().collect()
    }
    /// How many leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }
    /// The root; of the empty tree SHA-256 of nothing.
    #[must_use]
    pub fn root(&self) -> Digest {
        let mut peaks = self.peaks.iter().rev();
        match peaks.next() {
            None => sha256(&[]),
            Some(last) => peaks.fold(*last, |right, left| node(left, &right)),
        }
    }
}

/// Largest power of two smaller than `n` (n > 1).
fn split(n: usize) -> usize {
    n.next_power_of_two() / 2
}

/// Inclusion path of leaf `index`; `None` when there is no such leaf.
#[must_use]
pub fn inclusion(leaves: &[Digest], index: usize) -> Option<Vec<Digest>> {
    if index >= leaves.len() {
        return None;
    }
    if leaves.len() == 1 {
        return Some(Vec::new());
    }
    let k = split(leaves.len());
    let (l, r) = leaves.split_at_checked(k)?;
    let mut path = if index < k { inclusion(l, index)? } else { inclusion(r, index - k)? };
    path.push(if index < k { root(r) } else { root(l) });
    Some(path)
}

/// The root that `leaf` at `index` of `size` leads to (RFC 9162 §2.1.3.2).
#[must_use]
pub fn root_from_inclusion(leaf: Digest, index: u64, size: u64, path: &[Digest]) -> Option<Digest> {
    if index >= size {
        return None;
    }
    let (mut f, mut s, mut hash) = (index, size - 1, leaf);
    for p in path {
        if s == 0 {
            return None;
        }
        if f & 1 == 1 || f == s {
            hash = node(p, &hash);
            while f & 1 == 0 && f != 0 {
                f >>= 1;
                s >>= 1;
            }
        } else {
            hash = node(&hash, p);
        }
        f >>= 1;
        s >>= 1;
    }
    (s == 0).then_some(hash)
}

/// Consistency path from the first `old` leaves to all of them; `None` unless 0 < old ≤ n.
#[must_use]
pub fn consistency(leaves: &[Digest], old: usize) -> Option<Vec<Digest>> {
    fn sub(leaves: &[Digest], old: usize, whole: bool) -> Option<Vec<Digest>> {
        if old == leaves.len() {
            return Some(if whole { Vec::new() } else { vec![root(leaves)] });
        }
        let k = split(leaves.len());
        let (l, r) = leaves.split_at_checked(k)?;
        if old <= k {
            let mut path = sub(l, old, whole)?;
            path.push(root(r));
            Some(path)
        } else {
            let mut path = sub(r, old - k, false)?;
            path.push(root(l));
            Some(path)
        }
    }
    if old == 0 || old > leaves.len() { None } else { sub(leaves, old, true) }
}

/// Where the roots of the complete subtrees of a log stand: any root or proof then costs a few of them instead of a pass over all leaves.
pub trait Subtrees {
    /// Why one could not be had.
    type Error;

    /// Root over the leaves `index·2^level … (index + 1)·2^level − 1`, all of which the log holds.
    ///
    /// # Errors
    /// Whatever keeps it from being had.
    fn subtree(&self, level: u32, index: u64) -> Result<Digest, Self::Error>;
}

/// Root over the leaves `start..end`, which is a subtree of RFC 9162 (§2.1.1).
fn hash<S: Subtrees + ?Sized>(of: &S, start: u64, end: u64) -> Result<Digest, S::Error> {
    let n = end - start;
    if n.is_power_of_two() {
        return of.subtree(n.trailing_zeros(), start / n);
    }
    let middle = start + largest(n);
    Ok(node(&hash(of, start, middle)?, &hash(of, middle, end)?))
}

/// Largest power of two smaller than `n` (n > 1).
fn largest(n: u64) -> u64 {
    n.next_power_of_two() / 2
}

/// Root of the first `size` leaves.
///
/// # Errors
/// That of a subtree.
pub fn root_of<S: Subtrees + ?Sized>(of: &S, size: u64) -> Result<Digest, S::Error> {
    if size == 0 { Ok(sha256(&[])) } else { hash(of, 0, size) }
}

/// The right border of the first `size` leaves.
///
/// # Errors
/// That of a subtree.
pub fn frontier_of<S: Subtrees + ?Sized>(of: &S, size: u64) -> Result<Frontier, S::Error> {
    let levels = (0..u64::BITS).rev().filter(|level| size >> level & 1 == 1);
    let peaks = levels.map(|level| of.subtree(level, (size >> level) - 1)).collect::<Result<_, _>>()?;
    Ok(Frontier { size, peaks })
}

/// Inclusion path of leaf `index` in the tree of the first `size` leaves; `None` when it has no such leaf.
///
/// # Errors
/// That of a subtree.
pub fn inclusion_of<S: Subtrees + ?Sized>(of: &S, index: u64, size: u64) -> Result<Option<Vec<Digest>>, S::Error> {
    if index >= size {
        return Ok(None);
    }
    let (mut start, mut end, mut path) = (0, size, Vec::new());
    while end - start > 1 {
        let middle = start + largest(end - start);
        if index < middle {
            path.push(hash(of, middle, end)?);
            end = middle;
        } else {
            path.push(hash(of, start, middle)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(Some(path))
}

/// Consistency path from the first `old` leaves to the first `size`; `None` unless 0 < old ≤ size.
///
/// # Errors
/// That of a subtree.
pub fn consistency_of<S: Subtrees + ?Sized>(of: &S, old: u64, size: u64) -> Result<Option<Vec<Digest>>, S::Error> {
    if old == 0 || old > size {
        return Ok(None);
    }
    let (mut start, mut end, mut path) = (0, size, Vec::new());
    while old != end {
        let middle = start + largest(end - start);
        if old <= middle {
            path.push(hash(of, middle, end)?);
            end = middle;
        } else {
            path.push(hash(of, start, middle)?);
            start = middle;
        }
    }
    // The old tree is itself complete here only when nothing of it lies to the left.
    if start > 0 {
        path.push(hash(of, start, end)?);
    }
    path.reverse();
    Ok(Some(path))
}

/// All complete subtrees of a log, in memory.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// Level k holds the roots of the complete subtrees of 2^k leaves.
    levels: Vec<Vec<Digest>>,
}

/// No such subtree is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing;

impl Subtrees for Tree {
    type Error = Missing;

    fn subtree(&self, level: u32, index: u64) -> Result<Digest, Missing> {
        let place = usize::try_from(level).ok().zip(usize::try_from(index).ok());
        place.and_then(|(level, index)| self.levels.get(level)?.get(index)).copied().ok_or(Missing)
    }
}

impl Tree {
    /// From the leaf hashes.
    #[must_use]
    pub fn new(leaves: Vec<Digest>) -> Self {
        let mut tree = Self::default();
        leaves.into_iter().for_each(|leaf| tree.push(leaf));
        tree
    }

    /// Appends a leaf hash.
    pub fn push(&mut self, leaf: Digest) {
        let mut hash = leaf;
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            let Some(row) = self.levels.get_mut(level) else { return };
            let left = row.last().copied().filter(|_| row.len() % 2 == 1);
            row.push(hash);
            match left {
                Some(left) => hash = node(&left, &hash),
                None => return,
            }
        }
    }

    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> usize {
        self.levels.first().map_or(0, Vec::len)
    }

    /// Root of the first `size` leaves.
    #[must_use]
    pub fn root(&self, size: usize) -> Option<Digest> {
        root_of(self, size as u64).ok()
    }

    /// Inclusion path of leaf `index` in the tree of the first `size` leaves.
    #[must_use]
    pub fn inclusion(&self, index: usize, size: usize) -> Option<Vec<Digest>> {
        if size > self.size() { None } else { inclusion_of(self, index as u64, size as u64).ok()? }
    }

    /// Consistency path from the first `old` leaves to the first `size`; `None` unless 0 < old ≤ size.
    #[must_use]
    pub fn consistency(&self, old: usize, size: usize) -> Option<Vec<Digest>> {
        if size > self.size() { None } else { consistency_of(self, old as u64, size as u64).ok()? }
    }
}

/// Whether the tree (`new`, `new_root`) extends (`old`, `old_root`) (RFC 9162 §2.1.4.2). Every tree extends the empty one, with an empty path.
#[must_use]
pub fn is_consistent(old: u64, old_root: &Digest, new: u64, new_root: &Digest, path: &[Digest]) -> bool {
    if old == 0 {
        return path.is_empty();
    }
    if old >= new {
        return old == new && path.is_empty() && old_root == new_root;
    }
    let (mut f, mut s) = (old - 1, new - 1);
    while f & 1 == 1 {
        f >>= 1;
        s >>= 1;
    }
    let mut path = path.iter();
    let first = if old.is_power_of_two() { Some(old_root) } else { path.next() };
    let Some(first) = first else { return false };
    let (mut a, mut b) = (*first, *first);
    for p in path {
        if s == 0 {
            return false;
        }
        if f & 1 == 1 || f == s {
            a = node(p, &a);
            b = node(p, &b);
            while f & 1 == 0 && f != 0 {
                f >>= 1;
                s >>= 1;
            }
        } else {
            b = node(&b, p);
        }
        f >>= 1;
        s >>= 1;
    }
    s == 0 && a == *old_root && b == *new_root
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking
mod tests {
    use super::*;

    #[test]
    fn reference_roots_of_certificate_transparency() {
        // The eight test leaves and roots of the reference implementation of RFC 6962.
        let inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let leaves: Vec<_> = inputs.iter().map(|h| leaf(&data_encoding::HEXLOWER.decode(h.as_bytes()).unwrap())).collect();
        for (n, expected) in roots.iter().enumerate() {
            assert_eq!(crate::id::hex(&root(&leaves[..=n])), *expected);
        }
        assert_eq!(root(&[]), sha256(&[]));
    }

    #[test]
    fn every_proof_up_to_forty_leaves_verifies_and_every_altered_one_fails() {
        let leaves: Vec<_> = (0..40u8).map(|i| leaf(&[i])).collect();
        let tree = Tree::new(leaves.clone());
        assert_eq!((tree.root(0), tree.root(41), tree.inclusion(0, 41)), (Some(sha256(&[])), None, None));
        for n in 1..=leaves.len() {
            let all = &leaves[..n];
            let r = root(all);
            assert_eq!(tree.root(n), Some(r));
            for i in 0..n {
                let path = inclusion(all, i).unwrap();
                assert_eq!(tree.inclusion(i, n).as_ref(), Some(&path));
                assert_eq!(root_from_inclusion(all[i], i as u64, n as u64, &path), Some(r));
                for j in 0..path.len() {
                    let mut bad = path.clone();
                    bad[j][0] ^= 1;
                    assert_ne!(root_from_inclusion(all[i], i as u64, n as u64, &bad), Some(r));
                }
                assert_ne!(root_from_inclusion(all[i], i as u64, n as u64 + 64, &path), Some(r));
                assert_eq!(root_from_inclusion(all[i], n as u64, n as u64, &path), None);
            }
            for old in 1..=n {
                let path = consistency(all, old).unwrap();
                assert_eq!(tree.consistency(old, n).as_ref(), Some(&path));
                let old_root = root(&leaves[..old]);
                assert!(is_consistent(old as u64, &old_root, n as u64, &r, &path));
                let mut wrong = old_root;
                wrong[0] ^= 1;
                assert!(!is_consistent(old as u64, &wrong, n as u64, &r, &path));
                for j in 0..path.len() {
                    let mut bad = path.clone();
                    bad[j][0] ^= 1;
                    assert!(!is_consistent(old as u64, &old_root, n as u64, &r, &bad));
                }
            }
        }
    }

    /// Subtrees as a database keeps them: the leaves, and of the others what a growing border told.
    struct Kept(Vec<Digest>, std::collections::BTreeMap<(u32, u64), Digest>);

    impl Subtrees for Kept {
        type Error = (u32, u64);

        fn subtree(&self, level: u32, index: u64) -> Result<Digest, (u32, u64)> {
            let leaf = if level == 0 { self.0.get(usize::try_from(index).unwrap()) } else { None };
            leaf.or_else(|| self.1.get(&(level, index))).copied().ok_or((level, index))
        }
    }

    #[test]
    fn p5_subtrees_that_are_kept_give_the_same_roots_and_proofs_as_all_leaves() {
        let leaves: Vec<_> = (0..130u8).map(|i| leaf(&[i])).collect();
        let (mut kept, mut border) = (Kept(vec![], std::collections::BTreeMap::new()), Frontier::default());
        for n in 1..=leaves.len() {
            let (all, size) = (&leaves[..n], n as u64);
            let path = border.next_path();
            kept.0.push(leaves[n - 1]);
            border.push_with(leaves[n - 1], |level, index, hash| {
                assert_eq!(kept.1.insert((level, index), hash), None, "told once");
            });
            assert_eq!(inclusion(all, n - 1), Some(path));
            assert_eq!(root_of(&kept, size), Ok(root(all)));
            assert_eq!(frontier_of(&kept, size), Ok(border.clone()));
            for old in 0..=n {
                assert_eq!(consistency_of(&kept, old as u64, size), Ok(consistency(all, old)), "{old} of {n}");
                assert_eq!(inclusion_of(&kept, old as u64, size), Ok(inclusion(all, old)), "{old} of {n}");
            }
            assert_eq!((consistency_of(&kept, size + 1, size), inclusion_of(&kept, size, size)), (Ok(None), Ok(None)));
        }
        assert!(kept.1.len() < leaves.len());
        assert!(root_of(&kept, leaves.len() as u64 + 1).is_err());
    }
}
