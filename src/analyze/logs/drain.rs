//! Grouping messages into templates: Drain (He, Zhu, Zheng and Lyu, "Drain: An Online Log Parsing Approach with Fixed Depth Tree",
//! ICWS 2017).
//!
//! The tree has a level for what must be equal (level, exceptions), one for the number of words and one for the first word; its
//! leaves hold clusters, which a message joins when enough of its words are the cluster's. Two things differ from the paper. The
//! messages come sorted and each once, so that the templates do not depend on the order of the log. And a place of a template is
//! only variable where at least [`OPEN`] different words were seen in it: a cluster whose messages differ in a place with fewer
//! falls apart into one template for each word there, because "connection to db failed" says nothing about "connection to cache
//! failed".

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A message joins a cluster when this share of its words is the cluster's; in tenths.
const SIMILARITY_TENTHS: usize = 6;

/// A place is variable from so many different words on.
pub(super) const OPEN: usize = 3;

/// First words that are told apart below one node; further ones share a branch (`maxChild` of the paper).
const MAX_CHILDREN: usize = 100;

/// Clusters of a leaf that a message is compared with; in a leaf with more, a message that joins none of these stands alone, which
/// shows more templates and hides none.
const MAX_COMPARED: usize = 1024;

/// The word that stands for any other.
pub(super) const ANY: u32 = 0;

/// Words by number; `<*>` is [`ANY`].
#[derive(Debug)]
pub(super) struct Vocabulary<'t> {
    numbers: HashMap<&'t str, u32>,
    words: Vec<&'t str>,
}

impl<'t> Vocabulary<'t> {
    pub(super) fn new() -> Self {
        let mut vocabulary = Vocabulary { numbers: HashMap::new(), words: Vec::new() };
        vocabulary.number("<*>");
        vocabulary
    }

    fn number(&mut self, word: &'t str) -> u32 {
        let next = u32::try_from(self.words.len()).unwrap_or(ANY);
        let number = *self.numbers.entry(word).or_insert(next);
        if number == next {
            self.words.push(word);
        }
        number
    }

    /// The words of a text by their numbers.
    pub(super) fn split(&mut self, text: &'t str) -> Vec<u32> {
        text.split(' ').map(|word| self.number(word)).collect()
    }

    /// The text of words by their numbers.
    pub(super) fn join(&self, words: &[u32]) -> String {
        let mut text = String::new();
        for (at, word) in words.iter().enumerate() {
            if at > 0 {
                text.push(' ');
            }
            text.push_str(self.words.get(*word as usize).copied().unwrap_or("<*>"));
        }
        text
    }

    /// Whether a word is no guide through the tree.
    fn varies(&self, word: u32) -> bool {
        self.words.get(word as usize).is_none_or(|word| word.contains("<*>") || word.bytes().any(|byte| byte.is_ascii_digit()))
    }
}

struct Cluster {
    words: Vec<u32>,
    members: Vec<usize>,
}

/// Puts messages into clusters; `messages` are what must be equal and the words, in the order that decides. The members of each
/// cluster are their positions in `messages`.
pub(super) fn clusters<K: Ord + Clone>(vocabulary: &Vocabulary<'_>, messages: &[(K, Vec<u32>)]) -> Vec<Vec<usize>> {
    let mut tree: BTreeMap<(K, usize), BTreeMap<u32, Vec<Cluster>>> = BTreeMap::new();
    for (index, (key, words)) in messages.iter().enumerate() {
        let node = tree.entry((key.clone(), words.len())).or_default();
        let first = words.first().copied().filter(|word| !vocabulary.varies(*word)).unwrap_or(ANY);
        let first = if node.contains_key(&first) || node.len() < MAX_CHILDREN { first } else { ANY };
        let leaf = node.entry(first).or_default();
        let mut best: Option<(usize, usize)> = None;
        for (at, cluster) in leaf.iter().take(MAX_COMPARED).enumerate() {
            let same = cluster.words.iter().zip(words).filter(|(a, b)| a == b).count();
            if same * 10 >= words.len() * SIMILARITY_TENTHS && best.is_none_or(|(most, _)| same > most) {
                best = Some((same, at));
            }
        }
        match best.and_then(|(_, at)| leaf.get_mut(at)) {
            Some(cluster) => {
                for (word, new) in cluster.words.iter_mut().zip(words) {
                    if word != new {
                        *word = ANY;
                    }
                }
                cluster.members.push(index);
            }
            None => leaf.push(Cluster { words: words.clone(), members: vec![index] }),
        }
    }
    tree.into_values().flat_map(BTreeMap::into_values).flatten().map(|cluster| cluster.members).collect()
}

/// Which places are variable: those where the messages have `<*>` or at least [`OPEN`] different words.
pub(super) fn open_places<'m>(messages: &(impl Iterator<Item = &'m [u32]> + Clone)) -> Vec<bool> {
    let length = messages.clone().map(<[u32]>::len).max().unwrap_or(0);
    (0..length)
        .map(|place| {
            let mut seen: BTreeSet<u32> = BTreeSet::new();
            for word in messages.clone().filter_map(|words| words.get(place)) {
                seen.insert(*word);
                if seen.len() >= OPEN || (seen.len() > 1 && seen.contains(&ANY)) {
                    return true;
                }
            }
            false
        })
        .collect()
}

/// The words of a message with its variable places taken out.
pub(super) fn template(words: &[u32], open: &[bool]) -> Vec<u32> {
    words.iter().enumerate().map(|(place, word)| if open.get(place) == Some(&true) { ANY } else { *word }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn templates(texts: &[&str]) -> Vec<String> {
        let mut vocabulary = Vocabulary::new();
        let messages: Vec<((), Vec<u32>)> = texts.iter().map(|text| ((), vocabulary.split(text))).collect();
        let mut found = BTreeSet::new();
        for members in clusters(&vocabulary, &messages) {
            let open = open_places(&members.iter().map(|at| messages[*at].1.as_slice()));
            found.extend(members.iter().map(|at| vocabulary.join(&template(&messages[*at].1, &open))));
        }
        found.into_iter().collect()
    }

    #[test]
    fn a_place_is_variable_from_three_words_on() {
        let users = ["user ann is not known", "user bob is not known", "user eve is not known"];
        assert_eq!(templates(&users), ["user <*> is not known"]);
        assert_eq!(templates(&users[..2]), users[..2]);
        assert_eq!(templates(&["a <*> b c", "a x b c"]), ["a <*> b c"]);
    }

    #[test]
    fn messages_of_other_lengths_beginnings_and_words_stay_apart() {
        let apart = ["a b c d", "a b c d e", "a x y z", "b b c d"];
        assert_eq!(templates(&apart), apart);
    }

    #[test]
    fn a_thousand_first_words_share_a_branch_at_last() {
        let texts: Vec<String> = (0..1000).map(|n| format!("{} went away again", "x".repeat(n + 1))).collect();
        let found = templates(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(found.len(), MAX_CHILDREN + 1);
    }
}
