//! `server apply FOLDER` and `server terms export FOLDER`: a provider keeps its terms in version control.

use std::{
    collections::BTreeMap,
    io,
    path::{Component, Path, PathBuf},
};

use chrono::TimeDelta;
use domain::{
    FieldProblem, Timestamp,
    terms::{Effect, TermDocument, TermVersion},
};
use store::{FixedClock, NotProposed, Store, StoreError, TermsDesk};

use super::file::{self, Entry, FileProblem, ToFileError};

/// What `server apply` is asked.
#[derive(clap::Args, Debug)]
pub struct Apply {
    /// The folder with the files: every .toml and .json in it and below.
    folder: PathBuf,
    /// Only print what would change; exit with 1 where something is wrong.
    #[arg(long)]
    check: bool,
    /// What whoever approves reads, such as the commit.
    #[arg(long, default_value = "From files")]
    title: String,
}

#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error("{path} can't be read or written: {source}")]
    File { path: String, source: io::Error },
    #[error("{0} things are wrong, each named above with its file and line. Nothing was proposed")]
    Wrong(usize),
    #[error("there is no .toml or .json file in {0}")]
    Empty(String),
    #[error("{0} is not empty: name a folder that is, or that is not there yet")]
    NotEmpty(String),
    #[error("a story of the demo can't be published: {0}")]
    Demo(String),
    #[error(transparent)]
    ToFile(#[from] ToFileError),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> ApplyError {
    move |source| ApplyError::File { path: path.display().to_string(), source }
}

/// Where files of terms and their papers are: on the machine, or in the program.
enum Folder<'a> {
    Machine(&'a Path),
    Program(&'a include_dir::Dir<'static>),
}

impl Folder<'_> {
    /// The files of terms, in order of their names.
    fn files(&self) -> Result<Vec<PathBuf>, ApplyError> {
        let is_of_terms = |path: &Path| path.extension().is_some_and(|ending| ending == "toml" || ending == "json");
        let mut found = Vec::new();
        match self {
            Self::Machine(folder) => {
                let mut open = vec![(*folder).to_owned()];
                while let Some(folder) = open.pop() {
                    for entry in std::fs::read_dir(&folder).map_err(failed(&folder))? {
                        let path = entry.map_err(failed(&folder))?.path();
                        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
                        if !hidden && path.is_dir() {
                            open.push(path);
                        } else if !hidden && is_of_terms(&path) {
                            found.push(path);
                        }
                    }
                }
            }
            Self::Program(folder) => {
                let mut open = vec![*folder];
                while let Some(folder) = open.pop() {
                    open.extend(folder.dirs());
                    found.extend(folder.files().map(|file| file.path().to_owned()).filter(|path| is_of_terms(path)));
                }
            }
        }
        found.sort();
        Ok(found)
    }

    fn text(&self, path: &Path) -> Result<String, ApplyError> {
        match self {
            Self::Machine(_) => std::fs::read_to_string(path).map_err(failed(path)),
            Self::Program(folder) => {
                let text = folder.get_file(path).and_then(include_dir::File::contents_utf8);
                text.map(str::to_owned).ok_or_else(|| ApplyError::Demo(format!("{} is no text", path.display())))
            }
        }
    }

    /// The name and content of a paper that a file names, from beside it; or what is wrong with how it is named. It
    /// stays within the folder: whoever wrote the files may not be whoever holds the machine.
    fn paper(&self, file: &Path, written: &str) -> Result<Result<(String, Vec<u8>), String>, ApplyError> {
        let missing = || format!("names `{written}`, and there is no such file beside this one");
        let path = file.parent().map(|beside| beside.join(written)).unwrap_or_default();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match self {
            Self::Machine(folder) => {
                let (Ok(real), Ok(root)) = (path.canonicalize(), folder.canonicalize()) else {
                    return Ok(Err(missing()));
                };
                if Path::new(written).is_absolute() || !real.starts_with(&root) {
                    return Ok(Err(format!("names `{written}`, which is outside of {}", folder.display())));
                }
                Ok(Ok((name, std::fs::read(&real).map_err(failed(&real))?)))
            }
            Self::Program(folder) => {
                let mut plain = PathBuf::new();
                for part in path.components() {
                    match part {
                        Component::ParentDir => {
                            plain.pop();
                        }
                        part => plain.push(part),
                    }
                }
                Ok(folder.get_file(&plain).map(|file| (name, file.contents().to_owned())).ok_or_else(missing))
            }
        }
    }
}

/// The versions of a folder, each with where it stands. Papers are found by their content, or kept where `keep` says so.
async fn read(
    folder: &Folder<'_>,
    desk: &TermsDesk,
    keep: bool,
) -> Result<(Vec<(Entry, TermVersion)>, Vec<FileProblem>), ApplyError> {
    let (mut versions, mut problems) = (Vec::new(), Vec::new());
    for path in folder.files()? {
        let entries = match file::parse(&path.display().to_string(), &folder.text(&path)?) {
            Ok(entries) => entries,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        for mut entry in entries {
            let mut whole = true;
            for (field, written) in entry.papers() {
                let found = match folder.paper(&path, &written)? {
                    Ok((name, body)) if keep => desk.keep_paper(&name, &body).await?.map_err(|problem| problem.reason),
                    Ok((name, body)) => desk.find_paper(&name, &body).await?.map_err(|problem| problem.reason),
                    Err(reason) => Err(reason),
                };
                match found {
                    Ok(paper) => entry.set_paper(field, &paper)?,
                    Err(reason) => {
                        whole = false;
                        problems.push(entry.problem(FieldProblem::new(format!("/{field}"), reason)));
                    }
                }
            }
            match entry.read() {
                Ok(version) => versions.push((entry, version)),
                // What is said of a paper above is not said twice.
                Err(wrong) => problems.extend(
                    wrong.into_iter().filter(|found| whole || !found.problem.reason.starts_with("names no document")),
                ),
            }
        }
    }
    Ok((versions, problems))
}

/// Prints what files would change, then proposes it, unless it is only to be checked. A second person publishes it.
pub async fn apply(args: Apply, store: &Store) -> Result<(), ApplyError> {
    let (folder, desk) = (Folder::Machine(&args.folder), store.operator().terms());
    let (versions, mut problems) = read(&folder, &desk, false).await?;
    if versions.is_empty() && problems.is_empty() {
        return Err(ApplyError::Empty(args.folder.display().to_string()));
    }
    let (entries, stated): (Vec<_>, Vec<_>) = versions.into_iter().unzip();
    let (effects, wrong, notices) = desk.plan(&stated).await?;
    problems.extend(wrong.into_iter().filter_map(|wrong| Some(entries.get(wrong.version)?.problem(wrong.problem))));
    if !problems.is_empty() {
        problems.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
        for problem in &problems {
            eprintln!("{problem}");
        }
        return Err(ApplyError::Wrong(problems.len()));
    }
    let mut same = 0;
    for (version, effect) in stated.iter().zip(&effects) {
        match effect {
            Effect::Nothing => same += 1,
            Effect::Begins => println!("+ {}", version.name()),
            Effect::Follows => println!("~ {} follows an earlier version", version.name()),
            Effect::Replaces => println!("! {} takes the place of a version of that day", version.name()),
        }
    }
    for (notice, customers) in notices.iter().filter(|(_, customers)| *customers > 0) {
        println!("  notice to {customers} customers: {}", notice.content.title());
    }
    println!("{same} versions stay as they are, {} change", stated.len() - same);
    if args.check || same == stated.len() {
        return Ok(());
    }
    let (kept, problems) = read(&folder, &desk, true).await?;
    if !problems.is_empty() {
        return Err(ApplyError::Wrong(problems.len()));
    }
    let versions = kept.into_iter().map(|(_, version)| version).collect();
    let earlier = desk.proposals().await?;
    match desk.propose(&args.title, versions).await? {
        Ok(id) => {
            // What was proposed from files before is what these files were before.
            for proposal in earlier.into_iter().filter(|proposal| proposal.made_by.is_none()) {
                if desk.discard(proposal.id).await? {
                    println!("the earlier proposal “{}” is withdrawn", proposal.title);
                }
            }
            println!(
                "proposed; somebody in the role Legal or Publishing publishes it at {}",
                app::paths::fill(app::paths::TERMS_PROPOSAL, id)
            );
        }
        Err(NotProposed::Nothing) => {
            println!("proposed already; somebody in the role Legal or Publishing publishes it at {}", app::paths::TERMS)
        }
        // They were checked a moment ago; somebody published in between.
        Err(NotProposed::Problems(problems)) => return Err(ApplyError::Wrong(problems.len())),
    }
    Ok(())
}

/// Writes every published version into an empty folder, one file each, and their papers: what `apply` reads back as
/// nothing to change. How many files.
pub async fn export(folder: &Path, store: &Store) -> Result<usize, ApplyError> {
    if folder.is_dir() && std::fs::read_dir(folder).map_err(failed(folder))?.next().is_some() {
        return Err(ApplyError::NotEmpty(folder.display().to_string()));
    }
    let desk = store.operator().terms();
    // Of the versions of one day the newest, which is what holds.
    let mut newest = BTreeMap::new();
    for published in desk.published().await? {
        let version = published.version;
        let customer = version.customer.as_ref().map(|customer| format!(".{customer}")).unwrap_or_default();
        let file = format!("{}.{}{customer}.toml", version.key, version.effective_from);
        newest.insert(Path::new(version.kind().code()).join(file), version);
    }
    for (path, version) in &newest {
        let mut papers = Vec::new();
        for facts in version.term.documents() {
            if let Some(paper) = desk.paper(facts).await? {
                papers.push((facts.clone(), paper.body));
            }
        }
        let place = |facts: &TermDocument| {
            let start = facts.sha256.get(..12).unwrap_or_default();
            Path::new("papers").join(start).join(plain(&facts.name))
        };
        for (facts, body) in papers {
            let path = folder.join(version.kind().code()).join(place(&facts));
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(failed(parent))?;
            }
            std::fs::write(&path, body).map_err(failed(&path))?;
        }
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed(parent))?;
        }
        let text = file::to_toml(version, |facts| place(facts).to_string_lossy().into_owned())?;
        std::fs::write(&path, text).map_err(failed(&path))?;
    }
    Ok(newest.len())
}

/// A paper's name as a file's: kept papers have no separators in theirs.
fn plain(name: &str) -> PathBuf {
    Path::new(name).components().filter(|part| matches!(part, Component::Normal(_))).collect()
}

/// The demo's terms: what a real provider publishes, as `README.md` beside them says.
static DEMO: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/demo/terms");

/// How long before it takes effect the demo publishes what happens in its time, in days: longer than its other stories
/// last, so that what is published after them lies ahead.
const AHEAD: i64 = crate::demo::STORIES_LAST + 10;

/// The demo's terms, in the order in which the demo publishes them: what took effect before it begins, as it begins;
/// what takes effect later, ahead of that.
pub struct DemoTerms<'a> {
    author: &'a TermsDesk,
    approver: &'a TermsDesk,
    groups: BTreeMap<Timestamp, Vec<TermVersion>>,
}

impl<'a> DemoTerms<'a> {
    /// `begins` is when the demo begins; nothing is published between `quiet` and `now`, when its other stories happen.
    pub async fn read(
        author: &'a TermsDesk,
        approver: &'a TermsDesk,
        (begins, quiet, now): (Timestamp, Timestamp, Timestamp),
    ) -> Result<Self, ApplyError> {
        let (versions, problems) = read(&Folder::Program(&DEMO), author, true).await?;
        if let Some(problem) = problems.first() {
            return Err(ApplyError::Demo(problem.to_string()));
        }
        let mut groups = BTreeMap::<Timestamp, Vec<TermVersion>>::new();
        for (_, version) in versions {
            let from = Timestamp::start_of(version.effective_from);
            let at = from.minus(TimeDelta::days(AHEAD));
            let at = if from <= begins {
                begins
            } else if at > quiet {
                now
            } else {
                at
            };
            groups.entry(at).or_default().push(version);
        }
        Ok(Self { author, approver, groups })
    }

    /// Proposes as one person and publishes as another what is published until a time.
    pub async fn publish(&mut self, clock: &FixedClock, until: Timestamp) -> Result<(), ApplyError> {
        while let Some(group) = self.groups.first_entry().filter(|group| *group.key() <= until) {
            let (at, versions) = group.remove_entry();
            clock.set(at);
            let id = self.author.propose("The terms as they stand", versions).await?;
            let id = id.map_err(|wrong| ApplyError::Demo(format!("{wrong:?}")))?;
            let published = self.approver.publish(id).await?;
            published.map_err(|wrong| ApplyError::Demo(format!("{wrong:?}")))?;
        }
        Ok(())
    }
}
