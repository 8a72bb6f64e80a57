//! Changes to production from elsewhere, and exported ledgers: what `kadian ledger import` reads (requirements B5, F1).
//!
//! JSON lines, each a change record as `kadian schema` describes it or an entry as `kadian ledger export` writes it; or CSV with a
//! header. One record at a time: ten million of them never stand in memory together.
//!
//! ```csv
//! id,service,type,started_at,ended_at,title,version,region,author,url,touches,labels
//! CHG-1,pay,config,2026-01-01T10:00:00Z,,Raise the limit,,east,ana,,table:orders;queue:pay,team=pay;risk=low
//! ```

use std::io::{BufRead, Read as _};

use csv::StringRecord;
use jiff::Timestamp;
use serde::Deserialize;

use super::ReadError;
use super::text::shown;
use crate::facts::{ChangeRecord, Entry, RolloutType};
use crate::nearest::nearest;

/// The longest line; a record that does not fit is no record of a change.
const MAX_LINE: u64 = 1 << 20;

/// The longest id and the longest name of a service.
const MAX_NAME: usize = 200;

/// What a CSV may have, in any order; the first four it must have.
const COLUMNS: [&str; 12] =
    ["id", "service", "type", "started_at", "ended_at", "title", "version", "region", "author", "url", "touches", "labels"];
const REQUIRED: usize = 4;

/// One thing to import.
#[derive(Debug, Clone, PartialEq)]
pub enum Imported {
    Change(Box<ChangeRecord>),
    /// An entry of another ledger, with its place in the chain.
    Entry(Box<Entry>),
}

/// Reads one record after the other. After an error nothing follows.
pub struct Reader<'a> {
    input: Box<dyn BufRead + 'a>,
    /// The line that was read last, counted from 1.
    line: u64,
    form: Form,
    over: bool,
}

enum Form {
    Unknown,
    Json,
    /// For each of [`COLUMNS`], where it stands.
    Csv(Vec<Option<usize>>),
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("line", &self.line).finish_non_exhaustive()
    }
}

impl<'a> Reader<'a> {
    #[must_use]
    pub fn new(input: Box<dyn BufRead + 'a>) -> Reader<'a> {
        Reader { input, line: 0, form: Form::Unknown, over: false }
    }

    /// The line that was read last, counted from 1.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The next record; `None` at the end. The errors name the line: no UTF-8, too long, without a line end, not JSON, unknown keys or
    /// columns, a service or id that is empty or too long, a time without a zone, an end before the start.
    fn record(&mut self) -> Result<Option<Imported>, ReadError> {
        loop {
            let Some(line) = self.text()? else {
                return match self.form {
                    Form::Unknown => Err(ReadError::whole("the file is empty; expected JSON lines, or CSV with a header")),
                    Form::Json | Form::Csv(_) => Ok(None),
                };
            };
            let at = |error: String| ReadError::at_line(self.line, error);
            if line.trim().is_empty() {
                continue;
            }
            match &self.form {
                Form::Unknown if line.trim_start().starts_with('{') => {
                    self.form = Form::Json;
                    return json(&line).map(Some).map_err(at);
                }
                Form::Unknown => {
                    let header = cells(line.trim_start_matches('\u{feff}')).and_then(|cells| header(&cells)).map_err(at)?;
                    self.form = Form::Csv(header);
                }
                Form::Json => return json(&line).map(Some).map_err(at),
                Form::Csv(places) => {
                    let change = cells(&line).and_then(|cells| row(&cells, places)).map_err(at)?;
                    return Ok(Some(Imported::Change(Box::new(change))));
                }
            }
        }
    }

    /// The next line without its end; a quoted field of a CSV may go on over several.
    fn text(&mut self) -> Result<Option<String>, ReadError> {
        let mut bytes = Vec::new();
        loop {
            let room = MAX_LINE + 1 - (bytes.len() as u64).min(MAX_LINE);
            let read = (&mut self.input).take(room).read_until(b'\n', &mut bytes);
            let line = self.line + 1;
            let read = read.map_err(|error| ReadError::at_line(line, format!("it cannot be read: {error}")))?;
            if read == 0 && bytes.is_empty() {
                return Ok(None);
            }
            if bytes.len() as u64 > MAX_LINE {
                return Err(ReadError::at_line(line, format!("it is longer than {MAX_LINE} bytes")));
            }
            // A cell that is still open at the end of the file was cut off too.
            let ended = read > 0 && bytes.ends_with(b"\n");
            if ended {
                self.line += 1;
            }
            let quotes = memchr::memchr_iter(b'"', &bytes).count();
            let goes_on = matches!(self.form, Form::Csv(_)) && quotes % 2 == 1;
            if ended && goes_on {
                continue;
            }
            if !ended && goes_on {
                return Err(ReadError::at_line(line, "a cell is not closed: the file was cut off"));
            }
            self.line = line;
            let text = String::from_utf8(bytes).map_err(|_| ReadError::at_line(line, "it is not UTF-8"))?;
            return Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()));
        }
    }
}

impl Iterator for Reader<'_> {
    type Item = Result<Imported, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let record = self.record().transpose();
        self.over = !matches!(record, Some(Ok(_)));
        record
    }
}

/// Reads one change record of JSON, as `kadian ledger record change --file` takes it.
pub fn change(text: &str) -> Result<ChangeRecord, ReadError> {
    let change: ChangeRecord = serde_json::from_str(text).map_err(|error| ReadError::whole(brief(&error.to_string())))?;
    sound(&change).map_err(ReadError::whole)?;
    Ok(change)
}

fn json(line: &str) -> Result<Imported, String> {
    /// What tells an entry from a change.
    #[derive(Deserialize)]
    struct Probe {
        hash: Option<serde::de::IgnoredAny>,
        record: Option<serde::de::IgnoredAny>,
    }
    let told = |error: serde_json::Error| format!("{} at column {}", without_place(&error), error.column());
    let change = match serde_json::from_str::<ChangeRecord>(line) {
        Ok(change) => change,
        Err(error) => {
            let is_entry = serde_json::from_str::<Probe>(line).is_ok_and(|probe| probe.hash.is_some() && probe.record.is_some());
            if is_entry {
                return serde_json::from_str(line).map(|entry| Imported::Entry(Box::new(entry))).map_err(told);
            }
            return Err(told(error));
        }
    };
    sound(&change)?;
    Ok(Imported::Change(Box::new(change)))
}

/// The message alone: the reader knows the line better.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    brief(text.rsplit_once(" at line ").map_or(&text, |(message, _)| message))
}

/// A message that may quote the whole line, cut where it is longer than its own words can be.
fn brief(message: &str) -> String {
    const MOST: usize = 300;
    match message.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}

/// What no change record may be, wherever it comes from.
fn sound(change: &ChangeRecord) -> Result<(), String> {
    for (what, name) in [("id", &change.id), ("service", &change.service)] {
        if name.trim().is_empty() || name.chars().count() > MAX_NAME {
            return Err(format!("{what} is empty or longer than {MAX_NAME} characters"));
        }
        if let Some(character) = name.chars().find(|character| character.is_control()) {
            return Err(format!("{what} holds the control character U+{:04X}", u32::from(character)));
        }
    }
    if change.ended_at.is_some_and(|ended| ended < change.started_at) {
        return Err("ended_at lies before started_at".to_owned());
    }
    Ok(())
}

fn cells(line: &str) -> Result<StringRecord, String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(line.as_bytes());
    let mut cells = StringRecord::new();
    match reader.read_record(&mut cells) {
        Ok(true) => Ok(cells),
        Ok(false) => Err("it has no cell".to_owned()),
        Err(error) => Err(format!("it is no row of CSV: {error}")),
    }
}

fn header(names: &StringRecord) -> Result<Vec<Option<usize>>, String> {
    let mut places = vec![None; COLUMNS.len()];
    for (index, name) in names.iter().enumerate() {
        let Some(column) = COLUMNS.iter().position(|known| *known == name.trim()) else {
            let near = nearest(name, COLUMNS).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            let name = shown(name);
            return Err(format!("unknown column `{name}`{near} (known: {})", COLUMNS.join(", ")));
        };
        if places[column].replace(index).is_some() {
            return Err(format!("the column `{}` stands there twice", shown(name)));
        }
    }
    match (0..REQUIRED).find(|column| places[*column].is_none()) {
        Some(missing) => Err(format!("the column `{}` is missing", COLUMNS[missing])),
        None => Ok(places),
    }
}

fn row(cells: &StringRecord, places: &[Option<usize>]) -> Result<ChangeRecord, String> {
    let wide = places.iter().flatten().count();
    if cells.len() != wide {
        return Err(format!("it has {} cells, and the header {wide}", cells.len()));
    }
    let cell = |name: &str| {
        let place = COLUMNS.iter().position(|known| *known == name).and_then(|column| places[column]);
        place.and_then(|place| cells.get(place)).map(str::trim).filter(|text| !text.is_empty())
    };
    let time = |name: &str| -> Result<Option<Timestamp>, String> {
        let time =
            cell(name).map(|text| text.parse().map_err(|_| format!("{name} `{}` is no RFC 3339 time with a zone", shown(text))));
        time.transpose()
    };
    let kind = cell("type").unwrap_or_default();
    let known = RolloutType::ALL.map(RolloutType::word);
    let change = ChangeRecord {
        id: cell("id").unwrap_or_default().to_owned(),
        service: cell("service").unwrap_or_default().to_owned(),
        kind: RolloutType::ALL
            .into_iter()
            .find(|known| known.word() == kind)
            .ok_or_else(|| format!("type `{}` is none of {}", shown(kind), known.join(", ")))?,
        started_at: time("started_at")?.ok_or("started_at is empty")?,
        ended_at: time("ended_at")?,
        title: cell("title").map(str::to_owned),
        version: cell("version").map(str::to_owned),
        region: cell("region").map(str::to_owned),
        author: cell("author").map(str::to_owned),
        url: cell("url").map(str::to_owned),
        touches: listed(cell("touches")).map(str::to_owned).collect(),
        labels: listed(cell("labels"))
            .map(|label| match label.split_once('=') {
                Some((name, value)) => Ok((name.trim().to_owned(), value.trim().to_owned())),
                None => Err(format!("label `{}` is not NAME=VALUE", shown(label))),
            })
            .collect::<Result<_, _>>()?,
    };
    sound(&change)?;
    Ok(change)
}

fn listed(cell: Option<&str>) -> impl Iterator<Item = &str> {
    cell.unwrap_or_default().split(';').map(str::trim).filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Result<Vec<Imported>, String> {
        Reader::new(Box::new(text.as_bytes())).map(|record| record.map_err(|error| error.to_string())).collect()
    }

    const JSON: &str = r#"{"id":"CHG-1","service":"pay","type":"config","started_at":"2026-01-01T10:00:00Z","title":"Raise, \"x\"","region":"east","touches":["table:orders","queue:pay"],"labels":{"team":"pay"}}"#;

    #[test]
    fn json_lines_and_csv_say_the_same() {
        let csv = "service,id,type,started_at,title,region,touches,labels,url\r\n\
            pay,CHG-1,config,2026-01-01T10:00:00Z,\"Raise, \"\"x\"\"\",east,table:orders; queue:pay,team=pay,\r\n";
        let json = all(&format!("{JSON}\n\n")).unwrap();
        assert_eq!(json.len(), 1);
        assert_eq!(all(csv).unwrap(), json);
        assert_eq!(all("id,service,type,started_at\n").unwrap(), []);
        // The last line need not end.
        assert_eq!(all(JSON).unwrap(), json);
        assert_eq!(all(csv.trim_end()).unwrap(), json);
    }

    #[test]
    fn a_cell_may_hold_a_line_end_and_lines_are_still_counted() {
        let csv = "id,service,type,started_at,title\na,pay,daily,2026-01-01T10:00:00Z,\"two\nlines\"\nb,pay,daily,yesterday,x\n";
        let mut reader = Reader::new(Box::new(csv.as_bytes()));
        let Some(Ok(Imported::Change(change))) = reader.next() else { panic!("a change") };
        assert_eq!(change.title.as_deref(), Some("two\nlines"));
        assert!(reader.next().unwrap().unwrap_err().to_string().starts_with("line 4: started_at `yesterday`"));
        assert!(reader.next().is_none());
    }

    #[test]
    fn entries_are_told_from_changes() {
        let entry = format!(
            r#"{{"seq":1,"at":"2026-01-01T10:00:00Z","prev":"0","hash":"1","record":{{"kind":"change",{}}}"#,
            JSON.trim_start_matches('{')
        );
        let read = all(&format!("{entry}\n")).unwrap();
        assert!(matches!(&read[0], Imported::Entry(entry) if entry.seq == 1), "{read:?}");
    }

    #[test]
    fn what_is_damaged_is_refused_with_its_line() {
        let header = "id,service,type,started_at\n";
        for (text, wanted) in [
            (String::new(), "the file is empty"),
            ("\n\n".to_owned(), "the file is empty"),
            (format!("{JSON}\n{{\"id\":1}}\n"), "line 2: "),
            (format!("{JSON}\n[]\n"), "line 2: "),
            (JSON.replace("region", "regoin") + "\n", "line 1: unknown field `regoin`"),
            (
                JSON.replace("10:00:00Z\"", "10:00:00Z\",\"ended_at\":\"2025-01-01T00:00:00Z\"") + "\n",
                "line 1: ended_at lies before",
            ),
            (JSON.replace("\"pay\",\"type\"", "\" \",\"type\"") + "\n", "line 1: service is empty"),
            (JSON.replace("CHG-1", &"x".repeat(201)) + "\n", "line 1: id is empty or longer"),
            (JSON.replace("CHG-1", &"x".repeat(2 << 20)) + "\n", "line 1: it is longer than"),
            (format!("{JSON}\n{}\n", JSON.replace("CHG-1", "CHG\\u0000")), "line 2: id holds the control character U+0000"),
            (
                format!("{header}a,pa\u{1b}[31my,daily,2026-01-01T10:00:00Z\n"),
                "line 2: service holds the control character U+001B",
            ),
            (format!("{header}a,pay,daily,2026-01-01T10:00:00Z\nb,pay,daily"), "line 3: it has 3 cells, and the header 4"),
            (format!("{JSON}\n{}", &JSON[..JSON.len() - 1]), "line 2: EOF"),
            ("id,servcie\n".to_owned(), "line 1: unknown column `servcie`; did you mean `service`?"),
            ("id,id\n".to_owned(), "line 1: the column `id` stands there twice"),
            ("id,service,type\n".to_owned(), "line 1: the column `started_at` is missing"),
            (format!("{header}a,pay,daily\n"), "line 2: it has 3 cells, and the header 4"),
            (format!("{header}a,pay,weekly,2026-01-01T10:00:00Z\n"), "line 2: type `weekly` is none of daily"),
            (format!("{header}a,pay,daily,\n"), "line 2: started_at is empty"),
            (format!("{header}a,pay,daily,\"2026\n"), "line 3: a cell is not closed"),
        ] {
            let error = all(&text).unwrap_err();
            assert!(error.contains(wanted), "{}: {error}", text.chars().take(80).collect::<String>());
        }
    }

    #[test]
    fn a_long_line_is_not_told_whole() {
        let (long, header) = ("x".repeat(200_000), "id,service,type,started_at,labels\n");
        for (text, wanted) in [
            (format!("{long}\n"), "unknown column `xxx"),
            (format!("{header}a,pay,{long},2026-01-01T10:00:00Z,\n"), "none of daily"),
            (format!("{header}a,pay,daily,{long},\n"), "is no RFC 3339 time"),
            (format!("{header}a,pay,daily,2026-01-01T10:00:00Z,{long}\n"), "is not NAME=VALUE"),
            (JSON.replace("region", &long) + "\n", "unknown field `xxx"),
            (JSON.replace("config", &long) + "\n", "unknown variant `xxx"),
        ] {
            let error = all(&text).unwrap_err();
            assert!(error.contains(wanted), "{error}");
            assert!(error.chars().count() < 500, "{} characters", error.chars().count());
        }
        assert!(change(&JSON.replace("region", &long)).unwrap_err().to_string().len() < 500);
    }

    #[test]
    fn a_mark_of_the_byte_order_is_no_column() {
        assert!(all("\u{feff}id,service,type,started_at\na,pay,daily,2026-01-01T10:00:00Z\n").is_ok());
    }
}
