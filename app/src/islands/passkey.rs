//! Passkeys: adding one to an account, and signing in with it. The ceremony is the browser's own, which no form can
//! begin.

#[cfg(feature = "hydrate")]
mod browser;

use leptos::prelude::*;

/// Signs in with a passkey. Without scripts it says that passkeys need them.
#[island]
pub fn PasskeySignIn(
    /// Where whoever signs in was going; empty for home.
    next: String,
    /// This page's address at the portal's own domain: passkeys belong to that.
    address: String,
) -> impl IntoView {
    let ceremony = Ceremony::new();
    #[cfg(feature = "hydrate")]
    ceremony.wake(&address);
    let next = StoredValue::new(next);
    view! {
        <div class="passkey">
            {needs_scripts()} <div hidden=move || !ceremony.is(Chance::Given)>
                <button
                    type="button"
                    disabled=move || ceremony.busy.get()
                    on:click=move |_| {
                        #[cfg(feature = "hydrate")]
                        ceremony.run(browser::sign_in(next.get_value()));
                        #[cfg(not(feature = "hydrate"))]
                        let _ = next;
                    }
                >
                    "Sign in with a passkey"
                </button>
            </div> {ceremony.told(address)}
        </div>
    }
}

/// Adds a passkey to the account of whoever is signed in.
#[island]
pub fn PasskeyRegistration(
    /// This page's address at the portal's own domain: passkeys belong to that.
    address: String,
) -> impl IntoView {
    let ceremony = Ceremony::new();
    #[cfg(feature = "hydrate")]
    ceremony.wake(&address);
    let name = RwSignal::new(String::new());
    view! {
        <div class="passkey">
            {needs_scripts()}
            <form
                class="short"
                hidden=move || !ceremony.is(Chance::Given)
                on:submit=move |event| {
                    event.prevent_default();
                    #[cfg(feature = "hydrate")]
                    ceremony.run(browser::register(name.get_untracked()));
                }
            >
                <div class="field">
                    <label for="passkey-name">"Name"</label>
                    <input
                        id="passkey-name"
                        maxlength="100"
                        required
                        autocomplete="off"
                        aria-describedby="passkey-name-hint"
                        on:input=move |event| name.set(event_target_value(&event))
                    />
                    <p id="passkey-name-hint" class="hint">
                        "Where the passkey is, such as “Work laptop”."
                    </p>
                </div>
                <button disabled=move || ceremony.busy.get()>"Add a passkey"</button>
            </form>
            {ceremony.told(address)}
        </div>
    }
}

/// Approves what a form on the page says, signed with a passkey.
#[island]
pub fn PasskeyApproval(
    /// The form's id.
    form: String,
    /// Where it is asked what is to be signed, and where the signature goes.
    start: String,
    end: String,
    /// This page's address at the portal's own domain: passkeys belong to that.
    address: String,
) -> impl IntoView {
    let ceremony = Ceremony::new();
    #[cfg(feature = "hydrate")]
    ceremony.wake(&address);
    let sent = StoredValue::new((form, start, end));
    view! {
        <div class="passkey">
            {needs_scripts()} <div hidden=move || !ceremony.is(Chance::Given)>
                <button
                    type="button"
                    disabled=move || ceremony.busy.get()
                    on:click=move |_| {
                        #[cfg(feature = "hydrate")]
                        {
                            let (form, start, end) = sent.get_value();
                            ceremony.run(browser::approve(form, start, end));
                        }
                        #[cfg(not(feature = "hydrate"))]
                        let _ = sent;
                    }
                >
                    "Approve, signed with a passkey"
                </button>
            </div> {ceremony.told(address)}
        </div>
    }
}

fn needs_scripts() -> impl IntoView {
    view! { <p class="hint needs-scripts">"Passkeys need JavaScript, which this browser doesn’t run."</p> }
}

/// Whether passkeys can be used where the page is open.
#[derive(Clone, Copy, PartialEq)]
enum Chance {
    /// As long as no script runs.
    Unknown,
    Given,
    /// They belong to another address.
    Elsewhere,
    /// The browser is too old.
    None,
}

/// One ceremony at a time, and what came of the last.
#[derive(Clone, Copy)]
struct Ceremony {
    chance: RwSignal<Chance>,
    busy: RwSignal<bool>,
    told: RwSignal<String>,
}

impl Ceremony {
    fn new() -> Self {
        Self { chance: RwSignal::new(Chance::Unknown), busy: RwSignal::new(false), told: RwSignal::new(String::new()) }
    }

    fn is(self, chance: Chance) -> bool {
        self.chance.get() == chance
    }

    /// What the person has to know.
    fn told(self, address: String) -> impl IntoView {
        view! {
            <p class="notice" hidden=move || !self.is(Chance::Elsewhere)>
                "Passkeys work at the portal’s own address alone: "
                <a href=address.clone()>{address.clone()}</a>
            </p>
            <p class="hint" hidden=move || !self.is(Chance::None)>
                "This browser can’t use passkeys. A newer one can."
            </p>
            <p class="form-error" role="alert" hidden=move || self.told.read().is_empty()>
                {move || self.told.get()}
            </p>
        }
    }

    /// Shows the button, or why there is none. An effect runs after the page's own HTML was taken over.
    #[cfg(feature = "hydrate")]
    fn wake(self, address: &str) {
        let chance = match (browser::is_at(address), browser::has_passkeys()) {
            (false, _) => Chance::Elsewhere,
            (true, true) => Chance::Given,
            (true, false) => Chance::None,
        };
        Effect::new(move || self.chance.set(chance));
    }

    #[cfg(feature = "hydrate")]
    fn run(self, ceremony: impl Future<Output = browser::End> + 'static) {
        self.busy.set(true);
        self.told.set(String::new());
        leptos::task::spawn_local(async move {
            match ceremony.await {
                // The button stays busy until the next page is there.
                browser::End::Go(address) => browser::go(&address),
                browser::End::Tell(sentence) => {
                    self.told.set(sentence);
                    self.busy.set(false);
                }
            }
        });
    }
}
