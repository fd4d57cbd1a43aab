//! The mappings of formats that are described by one, with what the provider's own files say.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use domain::formats::{Format, Mapping, MappingError, Reader};
use store::{Store, StoreError};

use crate::documents::Cutting;

/// Why there are no mappings.
#[derive(Debug, thiserror::Error)]
pub enum MappingsError {
    #[error("{file} can't be read: {source}")]
    File { file: PathBuf, source: io::Error },
    #[error("{file}: {source}")]
    Mapping { file: PathBuf, source: MappingError },
    #[error(
        "{0} is no mapping's name: in `access_mappings` each file is named after its format, such as teleport.toml. \
         Formats with mappings are {1}"
    )]
    Name(PathBuf, String),
    #[error("the mapping of {0} that Vitrine brings is wrong: {1}")]
    Own(&'static str, MappingError),
    #[error("{0} is Vitrine's own format, which takes no mapping; --mapping is for {1}")]
    Unmapped(String, String),
}

/// For each format that has one, its mapping.
#[derive(Clone)]
pub struct Mappings(BTreeMap<Format, Arc<Mapping>>);

fn mapped() -> impl Iterator<Item = Format> {
    Format::ALL.iter().copied().filter(|format| format.is_mapped())
}

fn names() -> String {
    mapped().map(Format::name).collect::<Vec<_>>().join(", ")
}

impl Mappings {
    /// Those that Vitrine brings, filled up by the files of this folder; an empty path is none.
    pub fn load(folder: &Path) -> Result<Self, MappingsError> {
        let mut all = BTreeMap::new();
        for format in mapped() {
            let mapping = Mapping::new(format, "").map_err(|error| MappingsError::Own(format.code(), error))?;
            all.insert(format, Arc::new(mapping));
        }
        let mut mappings = Self(all);
        if folder.as_os_str().is_empty() {
            return Ok(mappings);
        }
        let failed = |source| MappingsError::File { file: folder.to_owned(), source };
        for entry in fs::read_dir(folder).map_err(failed)? {
            let file = entry.map_err(failed)?.path();
            if file.extension().is_none_or(|extension| extension != "toml") {
                continue;
            }
            let format = file.file_stem().and_then(|name| Format::from_name(name.to_str()?));
            match format.filter(|format| format.is_mapped()) {
                Some(format) => mappings.fill_up(format, &file)?,
                None => return Err(MappingsError::Name(file, names())),
            }
        }
        Ok(mappings)
    }

    /// Takes what a file says of this format in the place of what its own mapping does.
    pub fn fill_up(&mut self, format: Format, file: &Path) -> Result<(), MappingsError> {
        if !format.is_mapped() {
            return Err(MappingsError::Unmapped(format.name(), names()));
        }
        let text = fs::read_to_string(file).map_err(|source| MappingsError::File { file: file.to_owned(), source })?;
        let mapping =
            Mapping::new(format, &text).map_err(|source| MappingsError::Mapping { file: file.to_owned(), source })?;
        self.0.insert(format, Arc::new(mapping));
        Ok(())
    }

    /// What reads documents of a format, and how its files are cut into documents.
    pub async fn reader(&self, format: Format, store: &Store) -> Result<(Reader, Cutting), StoreError> {
        Ok(match (format, self.0.get(&format)) {
            (_, Some(mapping)) => {
                let reader = Reader::Mapped(mapping.clone(), store.pseudonyms().await?);
                let list = mapping.documents().map(ToOwned::to_owned);
                let cutting = Cutting { list, csv: mapping.takes_csv(), largest: reader.largest_document() };
                (reader, cutting)
            }
            (Format::Cloudevents, None) => (Reader::Cloudevents, Cutting::default()),
            (Format::GoogleAccessTransparency, None) => (Reader::GoogleAccessTransparency, Cutting::default()),
            // Every format but these has a mapping.
            (_, None) => (Reader::Native, Cutting::default()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_mappings_is_read_and_what_is_wrong_names_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("teleport.toml", "[who]\nemployer = \"Nimbus\"\n");
        write("README.md", "no mapping");
        assert!(Mappings::load(folder.path()).is_ok());
        write("teleport.toml", "[why]\npurpose = \"marketing\"\n");
        let wrong = Mappings::load(folder.path()).err().unwrap().to_string();
        assert!(wrong.contains("teleport.toml") && wrong.contains("`marketing`"), "{wrong}");
        fs::remove_file(folder.path().join("teleport.toml")).unwrap();
        write("native.toml", "");
        assert!(Mappings::load(folder.path()).err().unwrap().to_string().contains("no mapping's name"));
    }
}
