//! Passwords: which are good enough, and how they are kept.

use std::sync::{Arc, LazyLock};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use domain::FieldProblem;
use tokio::sync::Semaphore;
use zxcvbn::Score;

use crate::{Result, StoreError};

/// NIST SP 800-63B-4, section 3.1.1.2: 15 where a password may stand alone.
const SHORTEST: usize = 15;
/// Long enough for any passphrase, short enough to hash.
const LONGEST: usize = 256;

/// A password that was found good enough to be set.
pub struct Password(String);

impl Password {
    /// Takes a password as it was typed, unless it is too short or easily guessed: well known (the estimator's bundled
    /// lists of breached passwords, words and names), a pattern, or made of what is known about the person.
    ///
    /// # Errors
    /// The field `password`, with what to do.
    pub fn new(password: &str, about: &[&str]) -> Result<Self, FieldProblem> {
        let refuse = |reason: String| Err(FieldProblem { field: "password".to_owned(), reason });
        let length = password.chars().count();
        if length < SHORTEST {
            return refuse(format!("needs at least {SHORTEST} characters; a few words in a row are easy to remember"));
        }
        if length > LONGEST {
            return refuse(format!("has more than {LONGEST} characters"));
        }
        let words = about.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
        let about = about.iter().copied().chain(words).chain(["vitrine"]).filter(|word| word.len() > 2);
        if zxcvbn::zxcvbn(password, &about.collect::<Vec<_>>()).score() < Score::Three {
            return refuse("is easily guessed; take words that don’t belong together".to_owned());
        }
        Ok(Self(password.to_owned()))
    }

    /// An Argon2id PHC string (RFC 9106) with the crate's default parameters: 19 MiB, two passes.
    pub(crate) async fn hash(self) -> Result<String> {
        working(move || hash_now(&self.0)).await?
    }
}

/// Whether a password is the one that was hashed. Where there is no hash it takes as long, and isn't.
pub(crate) async fn verify(password: &str, hash: Option<String>) -> Result<bool> {
    // Nobody set one this long, and hashing it would be a way to keep the server busy.
    let password = password.chars().take(LONGEST + 1).collect::<String>();
    working(move || {
        let known = hash.is_some();
        let hash = match hash {
            Some(hash) => hash,
            None => NOBODYS_HASH.as_ref().map_err(|error| StoreError::Password(error.clone()))?.clone(),
        };
        let hash = PasswordHash::new(&hash).map_err(|error| StoreError::Password(error.to_string()))?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok() && known)
    })
    .await?
}

static NOBODYS_HASH: LazyLock<Result<String, String>> =
    LazyLock::new(|| hash_now("nobody has this password").map_err(|error| error.to_string()));

/// Hashing takes 19 MiB and a whole core: only so many at a time, and the others wait.
static WORKERS: LazyLock<Arc<Semaphore>> =
    LazyLock::new(|| Arc::new(Semaphore::new(std::thread::available_parallelism().map_or(2, std::num::NonZero::get))));

fn hash_now(password: &str) -> Result<String> {
    let hash: PasswordHash = Argon2::default()
        .hash_password(password.as_bytes())
        .map_err(|error| StoreError::Password(error.to_string()))?;
    Ok(hash.to_string())
}

async fn working<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let ended = |error: &dyn std::fmt::Display| StoreError::Task(error.to_string());
    let permit = WORKERS.clone().acquire_owned().await.map_err(|error| ended(&error))?;
    tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work()
    })
    .await
    .map_err(|error| ended(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(password: &str) -> Option<String> {
        Password::new(password, &["ada.lovelace@acme.example", "Ada Lovelace"]).err().map(|problem| problem.reason)
    }

    #[test]
    fn a_few_unrelated_words_are_good() {
        for good in ["correct horse battery staple", "look behind the glass", "Öl-Fjord-Zitrone-Kamm"] {
            assert_eq!(reason(good), None, "{good}");
        }
    }

    #[test]
    fn short_known_patterned_and_personal_passwords_are_refused_with_what_to_do() {
        assert!(reason("Tr0ub4dor&3").unwrap().contains("at least 15"));
        assert!(reason(&"long ".repeat(60)).unwrap().contains("more than"));
        for bad in [
            "passwordpassword",
            "1234567890123456789",
            "qwertyuiopasdfghjkl",
            "aaaaaaaaaaaaaaaaaaaaaa",
            "adalovelaceadalovelace",
            "iloveyouiloveyou",
            "vitrinevitrinevitrine",
            "20260101202601012026",
        ] {
            assert!(reason(bad).is_some_and(|reason| reason.contains("easily guessed")), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_hash_is_of_its_password_alone() {
        let hash = Password::new("correct horse battery staple", &[]).unwrap().hash().await.unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(verify("correct horse battery staple", Some(hash.clone())).await.unwrap());
        assert!(!verify("correct horse battery stable", Some(hash)).await.unwrap());
        assert!(!verify("nobody has this password", None).await.unwrap());
    }
}
