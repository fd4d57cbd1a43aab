//! The keys that secrets are sealed and recognised with. They live outside the database: whoever has only the
//! database can neither read its secrets nor make a token or session that it would accept.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::engine::random_bytes;

const KEY_BYTES: usize = 32;
const ID_BYTES: usize = 8;
const NONCE_BYTES: usize = 24;

/// Why there are no keys, or why they don't open something.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("the key file {path} can't be read: {source}")]
    Read { path: PathBuf, source: io::Error },
    #[error("the key file {path} can't be written: {source}")]
    Write { path: PathBuf, source: io::Error },
    #[error(
        "the key file {path} can be read by others on this machine: `chmod 600 {path}` keeps it to the user that Vitrine runs as"
    )]
    Exposed { path: PathBuf },
    #[error("line {line} of the keys is no key: a key is 64 hexadecimal digits, the one in use first")]
    Malformed { line: usize },
    #[error("there is no key: name a file by `key_file`, or give the keys in VITRINE_KEYS")]
    None,
    #[error(
        "the database holds secrets under the key {id}, which is not among the keys given: bring back the key file that belongs to this database"
    )]
    Missing { id: String },
    #[error("a sealed value was changed, or belongs elsewhere")]
    Forged,
    #[error("keys that come from the environment are rotated there: put a new one before the others, and restart")]
    NotAFile,
    #[error("the machine gives no random bytes: {0}")]
    Random(String),
}

/// The keys in use: the first seals and hashes, the others still open and recognise what was made before.
#[derive(Clone)]
pub struct Keyring(Arc<Inner>);

struct Inner {
    source: Option<PathBuf>,
    loaded: Mutex<Loaded>,
}

#[derive(Clone)]
struct Loaded {
    keys: Keys,
    /// When the file was last changed, and its length: a rotation makes it longer within the clock's grain.
    changed: Option<(SystemTime, u64)>,
}

type Keys = Arc<[Key]>;

struct Key {
    id: [u8; ID_BYTES],
    sealing: [u8; KEY_BYTES],
    hashing: [u8; KEY_BYTES],
}

impl Key {
    /// Every use has a key of its own (RFC 5869), so that none weakens another.
    fn derive(master: &[u8; KEY_BYTES]) -> Self {
        fn part<const N: usize>(master: &[u8], info: &str) -> [u8; N] {
            let mut bytes = [0; N];
            Hkdf::<Sha256>::new(None, master)
                .expand(info.as_bytes(), &mut bytes)
                .expect("HKDF gives up to 255 hashes' length");
            bytes
        }
        Self {
            id: part(master, "vitrine key id"),
            sealing: part(master, "vitrine sealing"),
            hashing: part(master, "vitrine hashing"),
        }
    }

    /// HMAC-SHA256 of a secret, for one use alone.
    fn hash(&self, context: &str, secret: &[u8]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.hashing).expect("HMAC takes keys of any length");
        mac.update(&(context.len() as u64).to_be_bytes());
        mac.update(context.as_bytes());
        mac.update(secret);
        mac.finalize().into_bytes().into()
    }
}

impl Keyring {
    /// Keys from a text: one a line, 64 hexadecimal digits; `#` begins a comment.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] with the line, [`KeyError::None`] where there is no key.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        Ok(Self(Arc::new(Inner { source: None, loaded: Mutex::new(Loaded { keys: parse(text)?, changed: None }) })))
    }

    /// The keys of a file, which is made with one new key where there is none.
    pub fn open(path: &Path) -> Result<Self, KeyError> {
        if !path.exists() {
            write_new(path, &format!("{}\n", new_key()?))?;
        }
        Ok(Self(Arc::new(Inner { source: Some(path.to_owned()), loaded: Mutex::new(load(path)?) })))
    }

    /// Puts a new key before the others in the file. Values sealed before are still opened by the older ones.
    pub fn rotate(&self) -> Result<(), KeyError> {
        let path = self.0.source.as_deref().ok_or(KeyError::NotAFile)?;
        let old = fs::read_to_string(path).map_err(|source| KeyError::Read { path: path.to_owned(), source })?;
        let beside = path.with_extension("new");
        write_new(&beside, &format!("{}\n{old}", new_key()?))?;
        // Whoever reads the file meanwhile sees the old keys or the new ones, never half of them.
        fs::rename(&beside, path).map_err(|source| KeyError::Write { path: path.to_owned(), source })?;
        *self.lock() = load(path)?;
        Ok(())
    }

    /// What the key in use is called. It says nothing of the key.
    pub fn current_id(&self) -> [u8; ID_BYTES] {
        // A keyring is never empty.
        self.keys()[0].id
    }

    /// Whether a key of this name is here, reading the file again where it changed.
    pub fn knows(&self, id: &[u8]) -> Result<bool, KeyError> {
        Ok(self.find(id)?.is_some())
    }

    /// Seals a value for one place. It opens only there: `context` says which table, column and row that is.
    pub fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, KeyError> {
        let keys = self.keys();
        let key = &keys[0];
        let nonce = random_bytes::<NONCE_BYTES>().map_err(|error| KeyError::Random(error.to_string()))?;
        let sealed = XChaCha20Poly1305::new(&key.sealing.into())
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: context.as_bytes() })
            .map_err(|_| KeyError::Forged)?;
        Ok([key.id.as_slice(), nonce.as_slice(), sealed.as_slice()].concat())
    }

    /// Opens what [`seal`](Self::seal) made for the same place, under any of the keys.
    ///
    /// # Errors
    /// [`KeyError::Missing`] where its key is not here, [`KeyError::Forged`] where it was changed or moved.
    pub fn unseal(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, KeyError> {
        let (id, rest) = sealed.split_first_chunk::<ID_BYTES>().ok_or(KeyError::Forged)?;
        let (nonce, message) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(KeyError::Forged)?;
        let (keys, place) = self.find(id)?.ok_or_else(|| KeyError::Missing { id: hex::encode(id) })?;
        XChaCha20Poly1305::new(&keys[place].sealing.into())
            .decrypt(&XNonce::from(*nonce), Payload { msg: message, aad: context.as_bytes() })
            .map_err(|_| KeyError::Forged)
    }

    /// Whether a sealed value is sealed under the key in use.
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        sealed.starts_with(&self.current_id())
    }

    /// What the database keeps of a secret that it need only recognise.
    pub fn hash(&self, context: &str, secret: &str) -> [u8; 32] {
        self.keys()[0].hash(context, secret.as_bytes())
    }

    /// What the database may hold of a secret: under the key in use, then under each older one.
    pub fn hashes(&self, context: &str, secret: &str) -> Vec<[u8; 32]> {
        self.keys().iter().map(|key| key.hash(context, secret.as_bytes())).collect()
    }

    /// Reads the file again where it changed; true where it did. A secret that nobody knows may be one that another
    /// server made under a newer key.
    pub fn refresh(&self) -> Result<bool, KeyError> {
        let Some(path) = &self.0.source else { return Ok(false) };
        let mut loaded = self.lock();
        let metadata = fs::metadata(path).map_err(|source| KeyError::Read { path: path.clone(), source })?;
        let changed = metadata.modified().ok().map(|at| (at, metadata.len()));
        if changed == loaded.changed {
            return Ok(false);
        }
        *loaded = load(path)?;
        Ok(true)
    }

    fn find(&self, id: &[u8]) -> Result<Option<(Keys, usize)>, KeyError> {
        loop {
            let keys = self.keys();
            if let Some(place) = keys.iter().position(|key| key.id == id) {
                return Ok(Some((keys, place)));
            }
            if !self.refresh()? {
                return Ok(None);
            }
        }
    }

    fn keys(&self) -> Keys {
        self.lock().keys.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Loaded> {
        // Nothing is left half done under this lock.
        self.0.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn new_key() -> Result<String, KeyError> {
    Ok(hex::encode(random_bytes::<KEY_BYTES>().map_err(|error| KeyError::Random(error.to_string()))?))
}

fn parse(text: &str) -> Result<Keys, KeyError> {
    let lines = text.lines().enumerate().filter_map(|(place, line)| {
        let key = line.split('#').next().unwrap_or_default().trim();
        (!key.is_empty()).then_some((place + 1, key))
    });
    let keys = lines
        .map(|(line, key)| {
            let mut master = [0; KEY_BYTES];
            hex::decode_to_slice(key, &mut master).map_err(|_| KeyError::Malformed { line })?;
            Ok(Key::derive(&master))
        })
        .collect::<Result<Keys, KeyError>>()?;
    if keys.is_empty() { Err(KeyError::None) } else { Ok(keys) }
}

fn load(path: &Path) -> Result<Loaded, KeyError> {
    let read = |source| KeyError::Read { path: path.to_owned(), source };
    let metadata = fs::metadata(path).map_err(read)?;
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0 {
        return Err(KeyError::Exposed { path: path.to_owned() });
    }
    let changed = metadata.modified().ok().map(|at| (at, metadata.len()));
    Ok(Loaded { changed, keys: parse(&fs::read_to_string(path).map_err(read)?)? })
}

/// Writes a file that nobody else may read, and that wasn't there.
fn write_new(path: &Path, text: &str) -> Result<(), KeyError> {
    let write = || {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        io::Write::write_all(&mut file, text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|source| KeyError::Write { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "0101010101010101010101010101010101010101010101010101010101010101";
    const TWO: &str = "0202020202020202020202020202020202020202020202020202020202020202";

    #[test]
    fn a_sealed_value_opens_in_its_place_alone() {
        let keys = Keyring::parse(ONE).unwrap();
        let sealed = keys.seal("person.totp_secret/1", b"secret").unwrap();
        assert_eq!(keys.unseal("person.totp_secret/1", &sealed).unwrap(), b"secret");
        assert!(matches!(keys.unseal("person.totp_secret/2", &sealed), Err(KeyError::Forged)));
        let mut changed = sealed.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert!(matches!(keys.unseal("person.totp_secret/1", &changed), Err(KeyError::Forged)));
        assert!(matches!(keys.unseal("person.totp_secret/1", b"short"), Err(KeyError::Forged)));
    }

    #[test]
    fn older_keys_still_open_and_recognise() {
        let before = Keyring::parse(ONE).unwrap();
        let after = Keyring::parse(&format!("{TWO} # since May\n{ONE}\n")).unwrap();
        let sealed = before.seal("here", b"secret").unwrap();
        assert_eq!(after.unseal("here", &sealed).unwrap(), b"secret");
        assert!(!after.is_current(&sealed));
        assert!(after.hashes("token", "t").contains(&before.hash("token", "t")));
        let newer = after.seal("here", b"secret").unwrap();
        assert!(matches!(before.unseal("here", &newer), Err(KeyError::Missing { .. })));
    }

    #[test]
    fn a_hash_serves_one_use() {
        let keys = Keyring::parse(ONE).unwrap();
        assert_ne!(keys.hash("session", "secret"), keys.hash("token", "secret"));
    }

    #[test]
    fn a_wrong_line_is_named() {
        assert!(matches!(Keyring::parse(&format!("{ONE}\nabc")), Err(KeyError::Malformed { line: 2 })));
        assert!(matches!(Keyring::parse("# none"), Err(KeyError::None)));
    }

    #[test]
    fn a_rotated_file_is_read_by_whoever_has_it_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vitrine.key");
        let (one, other) = (Keyring::open(&path).unwrap(), Keyring::open(&path).unwrap());
        let old = one.seal("here", b"old").unwrap();
        one.rotate().unwrap();
        let new = one.seal("here", b"new").unwrap();
        assert!(one.is_current(&new) && !one.is_current(&old));
        assert_eq!(other.unseal("here", &new).unwrap(), b"new");
        assert_eq!(one.unseal("here", &old).unwrap(), b"old");
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vitrine.key");
        Keyring::open(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(Keyring::open(&path), Err(KeyError::Exposed { .. })));
    }
}
