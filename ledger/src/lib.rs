//! The verifiable log of one customer: what a leaf is, and the RFC 6962 hashes over leaves.
//!
//! A leaf holds no data, only a salted commitment to it. The record and its salt go to the customer alone; destroying
//! both later leaves the tree as it was. Nothing here does I/O: the same code runs on the server and in the browser.
//!
//! Hashing and, later, proofs come from `tlog_tiles`; this crate is the one place that names it.

use sha2::{Digest, Sha256};
pub use tlog_tiles::tlog::Hash;

/// How many random bytes salt a commitment. Records are guessable, so a bare hash would give them away.
pub const SALT_BYTES: usize = 32;
/// The envelope's version, its first byte.
const VERSION: u8 = 1;
/// Keeps commitments apart from every other use of SHA-256.
const COMMITMENT_TAG: &[u8] = b"vitrine/access-record/v1\n";
const ENVELOPE_BYTES: usize = 1 + 32 + 8 + 32;

/// The random bytes that go into one commitment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; SALT_BYTES]);

/// SHA-256 over a domain tag, the salt and the record's canonical bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commitment(pub [u8; 32]);

impl Commitment {
    pub fn new(salt: &Salt, canonical_record: &[u8]) -> Self {
        let digest = Sha256::new().chain_update(COMMITMENT_TAG).chain_update(salt.0).chain_update(canonical_record);
        Self(digest.finalize().into())
    }
}

/// What one leaf of the log says: version, log, place and commitment, 73 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The log's random name.
    pub log: [u8; 32],
    /// The leaf's place in the log, from 0, without gaps.
    pub sequence: u64,
    pub commitment: Commitment,
}

impl Envelope {
    /// The bytes that the leaf hash is over.
    pub fn to_bytes(&self) -> [u8; ENVELOPE_BYTES] {
        let mut bytes = [0; ENVELOPE_BYTES];
        bytes[0] = VERSION;
        bytes[1..33].copy_from_slice(&self.log);
        bytes[33..41].copy_from_slice(&self.sequence.to_be_bytes());
        bytes[41..].copy_from_slice(&self.commitment.0);
        bytes
    }

    /// The leaf hash of RFC 6962, section 2.1: SHA-256(0x00 ‖ envelope).
    pub fn leaf_hash(&self) -> Hash {
        tlog_tiles::tlog::record_hash(&self.to_bytes())
    }
}

/// The tree head of RFC 6962, section 2.1, over leaf hashes that come one by one: memory grows with the tree's
/// height, not its size.
#[derive(Clone, Debug, Default)]
pub struct TreeHead {
    size: u64,
    /// The heads of the perfect subtrees so far, the largest first: one for each bit that is set in `size`.
    subtrees: Vec<Hash>,
}

impl TreeHead {
    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn push(&mut self, leaf: Hash) {
        let mut head = leaf;
        // Each trailing one bit of the size is a subtree that the new leaf completes.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.subtrees.pop() {
                head = tlog_tiles::tlog::node_hash(left, head);
            }
        }
        self.subtrees.push(head);
        self.size += 1;
    }

    /// The head of the tree over the leaves so far; of no leaves, SHA-256 of nothing.
    pub fn root(&self) -> Hash {
        let mut subtrees = self.subtrees.iter().rev();
        let Some(last) = subtrees.next() else { return Hash(Sha256::digest(b"").into()) };
        subtrees.fold(*last, |right, left| tlog_tiles::tlog::node_hash(*left, right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use proptest::prelude::*;

    fn envelope(sequence: u64) -> Envelope {
        Envelope { log: [7; 32], sequence, commitment: Commitment::new(&Salt([9; 32]), b"{}") }
    }

    #[test]
    fn the_empty_tree_has_the_hash_of_nothing() {
        assert_eq!(
            hex::encode(TreeHead::default().root().0),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn an_envelope_is_laid_out_as_documented() {
        let bytes = envelope(258).to_bytes();
        assert_eq!(bytes[0], 1);
        assert_eq!(bytes[1..33], [7; 32]);
        assert_eq!(bytes[33..41], [0, 0, 0, 0, 0, 0, 1, 2]);
    }

    #[test]
    fn the_salt_changes_the_commitment() {
        assert_ne!(Commitment::new(&Salt([0; 32]), b"{}"), Commitment::new(&Salt([1; 32]), b"{}"));
    }

    proptest! {
        #[test]
        fn the_head_is_that_of_an_independent_implementation(size in 0u64..200) {
            let (mut ours, mut theirs) = (TreeHead::default(), MemoryBackedTree::<Sha256, Vec<u8>>::new());
            for sequence in 0..size {
                ours.push(envelope(sequence).leaf_hash());
                theirs.push(envelope(sequence).to_bytes().to_vec());
            }
            prop_assert_eq!(ours.size(), size);
            let theirs = theirs.root();
            prop_assert_eq!(&ours.root().0[..], &theirs.as_bytes()[..]);
        }
    }
}
