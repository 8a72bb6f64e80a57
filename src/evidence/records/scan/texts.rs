//! Texts in few large blocks.
//!
//! A report of half a gigabyte holds a million messages. A `String` each costs three words, an allocation and its rounding; here a
//! text costs its bytes and one or two more, and one that was seen lately costs nothing.

const BLOCK_BYTES: usize = 256 << 10;
/// Texts of fewer bytes have their length in one byte, others in two, of which the first has its highest bit set.
const SHORT: usize = 1 << 7;
/// The longest text that is kept; what readers cut is shorter.
const MAX_BYTES: usize = 16 << 10;
const RECENT: usize = 1 << 12;

/// Where a text stands in its [`Texts`]; or that there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextId(u32);

impl TextId {
    /// No text at all.
    pub(crate) const NONE: TextId = TextId(u32::MAX);
}

/// The texts of one report.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts {
    blocks: Vec<Vec<u8>>,
    /// By their hash, the texts that were put in last, so that the same sentence is kept once most of the time.
    recent: Vec<u32>,
}

impl Texts {
    /// Keeps a text, cut at 16 KiB; `None` when there is no place left, which takes more than any report that is read holds.
    pub(crate) fn keep(&mut self, text: &str) -> Option<TextId> {
        let text = &text[..text.floor_char_boundary(MAX_BYTES)];
        let slot = slot(text.as_bytes());
        if self.recent.is_empty() {
            self.recent = vec![u32::MAX; RECENT];
        }
        let known = TextId(self.recent[slot]);
        if self.bytes(known) == Some(text.as_bytes()) {
            return Some(known);
        }
        let [high, low] = u16::try_from(text.len()).ok()?.to_be_bytes();
        let length: &[u8] = if text.len() < SHORT { &[low] } else { &[high | 0x80, low] };
        if self.blocks.last().is_none_or(|block| block.len() + length.len() + text.len() > BLOCK_BYTES) {
            // The first block grows, so that a small report stays small.
            self.blocks.push(if self.blocks.is_empty() { Vec::new() } else { Vec::with_capacity(BLOCK_BYTES) });
        }
        let index = self.blocks.len() - 1;
        let block = self.blocks.last_mut()?;
        let id = u32::try_from(index * BLOCK_BYTES + block.len()).ok().filter(|id| *id < u32::MAX)?;
        block.extend_from_slice(length);
        block.extend_from_slice(text.as_bytes());
        self.recent[slot] = id;
        Some(TextId(id))
    }

    /// What the texts take in memory.
    pub(super) fn room(&self) -> usize {
        self.blocks.len() * BLOCK_BYTES
    }

    /// The text; `None` for [`TextId::NONE`].
    pub(crate) fn get(&self, id: TextId) -> Option<&str> {
        std::str::from_utf8(self.bytes(id)?).ok()
    }

    /// As [`Texts::get`], in the same order where two are compared.
    pub(crate) fn bytes(&self, id: TextId) -> Option<&[u8]> {
        let at = usize::try_from(id.0).ok()?;
        let block = self.blocks.get(at / BLOCK_BYTES)?;
        let (length, rest) = match block.get(at % BLOCK_BYTES..)? {
            [high, low, rest @ ..] if high & 0x80 != 0 => (u16::from_be_bytes([high & 0x7f, *low]), rest),
            [low, rest @ ..] => (u16::from(*low), rest),
            [] => return None,
        };
        rest.get(..usize::from(length))
    }
}

/// Where a text is looked for among the recent ones. Two texts in one slot only cost room, so speed counts more than spread.
fn slot(bytes: &[u8]) -> usize {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let (words, rest) = bytes.as_chunks::<8>();
    let mix = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(ODD);
    let hash = words.iter().fold(bytes.len() as u64, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let hash = rest.iter().fold(hash, |hash, byte| mix(hash, u64::from(*byte)));
    usize::try_from(hash >> 52).unwrap_or(0) % RECENT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back_and_a_repeated_one_is_kept_once() {
        let mut texts = Texts::default();
        let all: Vec<String> = (0..50_000).map(|at| format!("{at} {}", "ä".repeat(at % 40))).collect();
        let ids: Vec<_> = all.iter().map(|text| texts.keep(text).unwrap()).collect();
        for (text, id) in all.iter().zip(&ids) {
            assert_eq!(texts.get(*id), Some(text.as_str()));
        }
        assert!(texts.blocks.len() > 2);
        let size = |texts: &Texts| texts.blocks.iter().map(Vec::len).sum::<usize>();
        let before = size(&texts);
        assert_eq!(texts.keep(all.last().unwrap()), ids.last().copied());
        assert_eq!(size(&texts), before);
        assert_eq!(texts.get(TextId::NONE), None);
    }

    #[test]
    fn lengths_around_those_of_one_byte_come_back() {
        let mut texts = Texts::default();
        for length in [0, 1, SHORT - 1, SHORT, SHORT + 1, 255, 256, MAX_BYTES] {
            let text = "x".repeat(length);
            let id = texts.keep(&text).unwrap();
            assert_eq!(texts.get(id), Some(text.as_str()), "{length}");
        }
    }

    #[test]
    fn a_text_without_end_is_cut_between_two_characters() {
        let mut texts = Texts::default();
        let id = texts.keep(&format!("x{}", "ä".repeat(20_000))).unwrap();
        assert_eq!(texts.get(id).map(str::len), Some(MAX_BYTES - 1));
        let empty = texts.keep("").unwrap();
        assert_eq!(texts.get(empty), Some(""));
    }
}
