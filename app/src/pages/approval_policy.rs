//! `/portal/approvals/policy`: who decides about access to this customer's data, by whose rules, and with which keys.

use std::collections::BTreeSet;

use domain::{
    ApprovalKeyId, MemberRole, PersonId, Purpose, Timestamp, Zone,
    grant::{Approvers, Delegate, Policy, PolicyVersion, QuietHours, Rule, StandingRule, Window, lasting},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use store::{ApprovalKeyLine, CurrentPolicy, PersonLine};

use crate::{
    access_line::moment,
    components::{Choice, Done, Field, FormProblem, Loaded, TextArea, zones},
    context::{PageContext, PageError},
    paths,
};

/// The forms' names in their answers: each changes one part of the policy.
const RULES: &str = "rules";
const PURPOSE: &str = "purpose";
const DELEGATE: &str = "delegate";
const STANDING: &str = "standing";
const KEY: &str = "key";
const DONE: &[(&str, &str)] = &[
    (
        "set",
        "The next version of the policy holds from now on. What waits already is decided as the policy said when it was asked.",
    ),
    ("key_added", "The key is added. What is signed with it over the API counts as your approval."),
    ("key_removed", "The key is removed. What it signed before stays signed."),
];

#[component]
pub fn ApprovalPolicyPage() -> impl IntoView {
    let context = PageContext::current();
    let before = use_query_map().read_untracked().get("before");
    view! {
        <Title text="Who decides about access · Vitrine" />
        <Loaded load=async move {
            let member = context.member()?;
            let before = match before.as_deref() {
                Some(text) => Some(paths::place(text).ok_or(PageError::NotFound)?),
                None => None,
            };
            let grants = &member.grants;
            let view = View {
                current: grants.policy().await?,
                people: member.roster.people().await?,
                keys: grants.keys().await?,
                may_set: grants.may_set_policy(),
                viewer: member.person,
                is_owner: member.role == MemberRole::Owner,
                now: context.store.now(),
                zone: member.zone,
            };
            let history = grants.policies(before).await?;
            Ok::<_, PageError>(view.page(history, before.is_some()))
        } />
    }
}

/// What the page is made of.
struct View {
    current: CurrentPolicy,
    people: Vec<PersonLine>,
    keys: Vec<ApprovalKeyLine>,
    may_set: bool,
    viewer: PersonId,
    is_owner: bool,
    now: Timestamp,
    zone: Zone,
}

impl View {
    fn policy(&self) -> &Policy {
        &self.current.policy
    }

    fn page(self, history: Vec<PolicyVersion>, continued: bool) -> impl IntoView {
        let since = match self.current.governed_from {
            Some(from) => format!(
                "Version {}. Every access that began since {} is held against a grant: one without, or beyond it, is an exception.",
                self.current.version,
                self.zone.long(from),
            ),
            None => "Your organisation has set no policy, so what stands here is where everybody begins. From the moment that you set one, every access is held against a grant; before that, only those that name one.".to_owned(),
        };
        let reads = (!self.may_set)
            .then(|| view! { <p>"You read this. Owners and approvers of your organisation set it."</p> });
        view! {
            <nav class="breadcrumb" aria-label="Breadcrumb">
                <a href=paths::APPROVALS>"Approvals"</a>
            </nav>
            <div class="page-head">
                <div>
                    <h1>"Who decides about access"</h1>
                    <p class="lede">{since}</p>
                </div>
            </div>
            <Done sentences=DONE />
            // Whoever changed something meanwhile may have taken the form away with it.
            <FormProblem form=PageContext::current().answer.form />
            {reads}
            {self.rules()}
            {self.purposes()}
            {self.standing()}
            {self.delegates()}
            {self.key_section()}
            {self.versions(&history, continued)}
        }
    }

    /// Every version, with what it changed of the one before it.
    fn versions(&self, history: &[PolicyVersion], continued: bool) -> Option<impl IntoView + use<>> {
        let (oldest, zone) = (history.last()?, self.zone);
        let older = (oldest.version > 1)
            .then(|| paths::with_query(paths::APPROVAL_POLICY, &format!("before={}", oldest.version)));
        let row = |version: &PolicyVersion| {
            let changes = changes(&version.before, &version.policy, &|person| self.name(person), zone);
            let none = changes.is_empty().then_some("Nothing.");
            let changes = changes.into_iter().map(|change| view! { <li>{change}</li> }).collect_view();
            view! {
                <tr role="row">
                    <td role="cell" data-label="From" class="when">{moment(version.made_at, zone)}</td>
                    <td role="cell" data-label="Version">{version.version}</td>
                    <td role="cell" data-label="Set by">{version.made_by.clone()}</td>
                    <td role="cell" data-label="What it changed">
                        {none} <ul class="bare">{changes}</ul>
                    </td>
                </tr>
            }
        };
        let rows = history.iter().map(row).collect_view();
        Some(view! {
            <section class="panel" aria-labelledby="history">
                <h2 id="history">"Every version"</h2>
                <table class="records" role="table">
                    <caption>{format!("The newest first. Times in {zone}.")}</caption>
                    <thead role="rowgroup">
                        <tr role="row">
                            <th role="columnheader" scope="col">"From"</th>
                            <th role="columnheader" scope="col">"Version"</th>
                            <th role="columnheader" scope="col">"Set by"</th>
                            <th role="columnheader" scope="col">"What it changed"</th>
                        </tr>
                    </thead>
                    <tbody role="rowgroup">{rows}</tbody>
                </table>
                <nav class="pager" aria-label="Pages">
                    {continued.then(|| view! { <a href=paths::APPROVAL_POLICY rel="prev">"Newest"</a> })}
                    {older.map(|address| view! { <a href=address rel="next">"Older"</a> })}
                </nav>
            </section>
        })
    }

    fn version(&self) -> impl IntoView + use<> {
        view! { <input type="hidden" name="version" value=self.current.version /> }
    }

    fn name(&self, person: PersonId) -> String {
        let known = self.people.iter().find(|line| line.id == person);
        known.map_or_else(|| "Somebody who is here no more".to_owned(), |line| line.display_name.clone())
    }

    fn people(&self) -> Vec<(String, String)> {
        let people = self.people.iter();
        people.map(|line| (line.id.to_string(), format!("{}, {}", line.display_name, line.role.label()))).collect()
    }

    /// A form that sets the next version, folded up unless it was just refused.
    fn folded(
        &self,
        form: &str,
        summary: &'static str,
        address: &'static str,
        body: impl IntoView + 'static,
    ) -> Option<AnyView> {
        let open = PageContext::current().answer.is_of(form);
        self.may_set.then(|| {
            view! {
                <details open=open>
                    <summary>{summary}</summary>
                    <form class="short letter" method="post" action=address>
                        {self.version()}
                        {body.into_any()}
                        <p class="hint">"It takes a sign-in of the last ten minutes."</p>
                        <button>"Set it"</button>
                    </form>
                </details>
            }
            .into_any()
        })
    }

    /// One act that takes a part of the policy away.
    fn take_away(&self, address: String, button: &'static str, what: String) -> Option<AnyView> {
        self.may_set.then(|| {
            view! {
                <form method="post" action=address>
                    {self.version()}
                    <button class="quiet" aria-label=format!("{button}: {what}")>{button}</button>
                </form>
            }
            .into_any()
        })
    }

    fn rules(&self) -> impl IntoView + use<> {
        let policy = self.policy();
        let (signed, sensitive) = (told_signature(policy), told_sensitive(policy));
        let quiet = told_quiet(policy, &|person| self.name(person));
        let sources = told_sources(policy);
        let QuietHours { window: Window { from, to, zone }, on_call } = policy.quiet_hours.unwrap_or(QuietHours {
            window: Window { from: chrono::NaiveTime::MIN, to: chrono::NaiveTime::MIN, zone: self.zone },
            on_call: PersonId(Default::default()),
        });
        let clock =
            |time: chrono::NaiveTime| policy.quiet_hours.map(|_| time.format("%H:%M").to_string()).unwrap_or_default();
        let answer = PageContext::current().answer;
        let required = if answer.is_of(RULES) {
            answer.typed(RULES, "signature_required").is_some()
        } else {
            policy.signature_required
        };
        let lines = |lines: Vec<&str>| lines.join("\n");
        let sensitive_lines = lines(policy.sensitive.iter().map(|pattern| pattern.as_str()).collect());
        let source_lines = lines(policy.sources_without_grants.iter().map(String::as_str).collect());
        let body = view! {
            {rule_fields(RULES, policy.rule)}
            <label class="check">
                <input type="checkbox" name="signature_required" value="yes" checked=required />
                <span>"Approvals count only if they are signed with a key of ours"</span>
            </label>
            <TextArea form=RULES name="sensitive" label="Resources that take a second approver" value=sensitive_lines hint="Each in a line. With * at its end a line means every name that begins so." />
            <fieldset>
                <legend>"Quiet hours"</legend>
                <p class="hint">"Left out where both times are empty. Over midnight where the end is before the beginning."</p>
                <Field form=RULES name="from" label="From" kind="time" value=clock(from) required=false />
                <Field form=RULES name="to" label="To" kind="time" value=clock(to) required=false />
                <Choice name="zone" id="rules-zone" label="Time zone" chosen=Some(zone.name().to_owned()) options=zones() form=RULES />
                <Choice name="on_call" id="rules-on-call" label="On call then" none="Nobody" chosen=Some(on_call.to_string()) options=self.people() form=RULES />
            </fieldset>
            <TextArea form=RULES name="sources_without_grants" label="Reporting systems that can’t state a grant" value=source_lines hint="Each in a line. Their accesses are no exception for want of one." />
        };
        view! {
            <section class="panel" aria-labelledby="rules">
                <h2 id="rules">"The rule"</h2>
                <p>{told_rule(&policy.rule)}</p>
                <p>{signed} " " {sensitive} " " {quiet} " " {sources}</p>
                {self.folded(RULES, "Change the rule", paths::APPROVAL_POLICY, body)}
            </section>
        }
    }

    fn purposes(&self) -> impl IntoView + use<> {
        let lines = self
            .policy()
            .by_purpose
            .iter()
            .map(|(purpose, rule)| {
                let address = paths::fill(paths::POLICY_PURPOSE_REMOVE, purpose.code());
                view! {
                    <li>
                        <p>
                            <strong>{purpose.label()}</strong>
                            <span class="sub">{told_rule(rule)}</span>
                        </p>
                        {self.take_away(address, "Remove this rule", purpose.label().to_owned())}
                    </li>
                }
            })
            .collect_view();
        let purposes = Purpose::ALL.iter().map(|purpose| (purpose.code().to_owned(), purpose.label().to_owned()));
        let body = view! {
            <Choice name="purpose" id="purpose-purpose" label="Purpose" chosen=None options=purposes.collect() form=PURPOSE />
            {rule_fields(PURPOSE, self.policy().rule)}
        };
        view! {
            <section class="panel" aria-labelledby="purposes">
                <h2 id="purposes">"Purposes with a rule of their own"</h2>
                <ul class="lines">{lines}</ul>
                {self.folded(PURPOSE, "Set a purpose’s rule", paths::POLICY_PURPOSES, body)}
            </section>
        }
    }

    fn standing(&self) -> impl IntoView + use<> {
        let rules = &self.policy().standing;
        let none =
            rules.is_empty().then(|| view! { <p>"Nothing is decided by rule: somebody looks at each request."</p> });
        let lines = rules
            .iter()
            .map(|rule| {
                let over = rule.until.is_some_and(|until| until <= self.now);
                let (class, kind) = match (over, rule.approves) {
                    (true, _) => ("tag plain", "Over"),
                    (false, true) => ("tag good", "Approves by itself"),
                    (false, false) => ("tag bad", "Denies by itself"),
                };
                let sentence = told_standing(rule, self.zone);
                let address = paths::fill(paths::POLICY_STANDING_REMOVE, rule.id);
                view! {
                    <li>
                        <p>
                            <span class=class>{kind}</span>
                            <span class="sub">{sentence.clone()}</span>
                            <span class="sub">{rule.reason.clone()}</span>
                        </p>
                        {self.take_away(address, "Revoke", sentence)}
                    </li>
                }
            })
            .collect_view();
        let answer = PageContext::current().answer;
        let approves = answer.typed(STANDING, "approves").is_some_and(|typed| typed == "yes");
        let radio = |value: &'static str, label: &'static str, chosen: bool| {
            view! {
                <label class="check">
                    <input type="radio" name="approves" value=value checked=chosen />
                    <span>{label}</span>
                </label>
            }
        };
        let wrong =
            answer.problem(STANDING, "approves").map(|reason| view! { <p class="error">"It " {reason} "."</p> });
        let purposes = Purpose::ALL.iter().map(|purpose| (purpose.code().to_owned(), purpose.label().to_owned()));
        let body = view! {
            <p>"Leave out what doesn’t matter. A denial goes before an approval, nothing sensitive is approved by rule, and no rule decides about a legal demand for which nobody is asked beforehand. What a rule approves is over with its hours."</p>
            <fieldset>
                <legend>"What the rule does"</legend>
                {wrong}
                {radio("no", "It denies", !approves)}
                {radio("yes", "It approves", approves)}
            </fieldset>
            <Choice name="purpose" id="standing-purpose" label="Purpose" none="Every purpose" chosen=None options=purposes.collect() form=STANDING />
            <Field form=STANDING name="service" label="Service" required=false />
            <Field form=STANDING name="countries" label="Countries" hint="Their codes of two letters: DE, IE. An approval is for these alone, a denial for each of them." required=false />
            <fieldset>
                <legend>"Hours of the day"</legend>
                <Field form=STANDING name="from" label="From" kind="time" required=false />
                <Field form=STANDING name="to" label="To" kind="time" required=false />
                <Choice name="zone" id="standing-zone" label="Time zone" chosen=Some(self.zone.name().to_owned()) options=zones() form=STANDING />
            </fieldset>
            <Field form=STANDING name="until" label="Until" kind="datetime-local" hint=format!("Empty for as long as nobody revokes it. In {}.", self.zone) required=false />
            <TextArea form=STANDING name="reason" label="Why" value="" hint="Whoever asks for access reads it where the rule denies." rows=2 prose=true />
        };
        view! {
            <section class="panel" aria-labelledby="standing">
                <h2 id="standing">"Standing approvals and denials"</h2>
                {none}
                <ul class="lines">{lines}</ul>
                {self.folded(STANDING, "Add a standing rule", paths::POLICY_STANDING, body)}
            </section>
        }
    }

    fn delegates(&self) -> impl IntoView + use<> {
        let delegates = &self.policy().delegates;
        let none = delegates.is_empty().then(|| view! { <p>"Nobody decides in another’s place."</p> });
        let lines = delegates
            .iter()
            .enumerate()
            .map(|(place, Delegate { person, from, until })| {
                let name = self.name(*person);
                let (class, state) = match (*from <= self.now, self.now < *until) {
                    (true, true) => ("tag good", "Decides now"),
                    (false, _) => ("tag", "Not yet"),
                    (_, false) => ("tag plain", "Over"),
                };
                let period = format!("From {} to {}.", self.zone.long(*from), self.zone.long(*until));
                let address = paths::fill(paths::POLICY_DELEGATE_REMOVE, place);
                view! {
                    <li>
                        <p>
                            <strong>{name.clone()}</strong> " " <span class=class>{state}</span>
                            <span class="sub">{period}</span>
                        </p>
                        {self.take_away(address, "End it", name)}
                    </li>
                }
            })
            .collect_view();
        let hint = format!("In {}.", self.zone);
        let body = view! {
            <Choice name="person" id="delegate-person" label="Who" none="Choose one" chosen=None options=self.people() form=DELEGATE />
            <Field form=DELEGATE name="from" label="From" kind="datetime-local" value=self.zone.local(self.now) hint=hint.clone() />
            <Field form=DELEGATE name="until" label="Until" kind="datetime-local" hint=hint />
        };
        view! {
            <section class="panel" aria-labelledby="delegates">
                <h2 id="delegates">"Delegates"</h2>
                <p>"Owners and approvers decide. A delegate decides as they do, for a while, whatever their role."</p>
                {none}
                <ul class="lines">{lines}</ul>
                {self.folded(DELEGATE, "Name a delegate", paths::POLICY_DELEGATES, body)}
            </section>
        }
    }

    fn key_section(&self) -> impl IntoView + use<> {
        let none = self.keys.is_empty().then(|| view! { <p>"There is none. Approvals in the browser are signed with passkeys; a key of your own signs over the API."</p> });
        let lines = self.keys.iter().map(|line| self.key(line).into_any()).collect_view();
        let open = PageContext::current().answer.is_of(KEY);
        view! {
            <section class="panel" aria-labelledby="keys">
                <h2 id="keys">"Keys that sign approvals"</h2>
                {none}
                <ul class="lines">{lines}</ul>
                <details open=open>
                    <summary>"Add a key of yours"</summary>
                    <form class="short letter" method="post" action=paths::APPROVAL_KEYS>
                        <p>"The portal keeps the public half alone. Note the fingerprint: with it anybody can tell later that it was your key."</p>
                        <Field form=KEY name="name" label="Name" hint="Where the key is, such as “HSM in Utrecht”." />
                        <TextArea form=KEY name="public_key" label="Public key" value="" hint="In PEM, as openssl pkey -pubout writes it: Ed25519 or P-256." rows=4 />
                        <p class="hint">"It takes a sign-in of the last ten minutes."</p>
                        <button>"Add it"</button>
                    </form>
                </details>
            </section>
        }
    }

    fn key(&self, line: &ApprovalKeyLine) -> impl IntoView + use<> {
        let ApprovalKeyLine { id, name, person, person_name, key, added_at } = line;
        let removes = *person == self.viewer || self.is_owner;
        let remove = removes.then(|| remove_key(*id, name.clone()));
        view! {
            <li>
                <p>
                    <strong>{name.clone()}</strong>
                    <span class="sub">{format!("{person_name}, since {}", self.zone.date(*added_at))}</span>
                    <span class="sub">"Fingerprint " <code>{key.fingerprint()}</code></span>
                </p>
                {remove}
            </li>
        }
    }
}

fn remove_key(id: ApprovalKeyId, name: String) -> impl IntoView {
    view! {
        <form method="post" action=paths::fill(paths::APPROVAL_KEY_REMOVE, id)>
            <button class="quiet">"Remove" <span class="visually-hidden">" " {name}</span></button>
        </form>
    }
}

/// Who approves, by when, and for how long at most.
fn rule_fields(form: &'static str, rule: Rule) -> impl IntoView {
    let approvers = Approvers::ALL.iter().map(|of| (of.code().to_owned(), of.label().to_owned())).collect();
    view! {
        <Choice
            name="approvers"
            id=format!("{form}-approvers")
            label="Who must approve beforehand"
            chosen=Some(rule.approvers.code().to_owned())
            options=approvers
            form=form
        />
        <Field form=form name="expires_after" label="A request expires after so many minutes" kind="number" value=rule.expires_after.to_string() hint="From 60 (an hour) to 20160 (14 days). 5760 is 4 days." />
        <Field form=form name="longest" label="An access lasts so many minutes at most" kind="number" value=rule.longest.to_string() hint="From 15 to 4320 (72 hours). 480 is 8 hours." />
    }
}

fn told_rule(rule: &Rule) -> String {
    let who = match rule.approvers {
        Approvers::Customer => "You approve",
        Approvers::Provider => "The provider’s manager approves",
        Approvers::Both => "You and the provider’s manager approve",
        Approvers::Nobody => "Nobody approves beforehand; you are told at once and review it afterwards",
    };
    let longest = lasting(rule.longest);
    match rule.approvers {
        Approvers::Nobody => format!("{who}. An access lasts {longest} at most."),
        _ => format!(
            "{who}. A request expires after {}; an access lasts {longest} at most.",
            lasting(rule.expires_after)
        ),
    }
}

fn window(Window { from, to, zone }: &Window) -> String {
    format!("from {} to {} ({zone})", from.format("%H:%M"), to.format("%H:%M"))
}

/// What a standing rule is about.
fn told_standing(rule: &StandingRule, zone: Zone) -> String {
    let countries = rule.countries.iter().map(|country| country.name()).collect::<Vec<_>>().join(", ");
    let parts = [
        Some(rule.purpose.map_or("Every purpose", Purpose::label).to_owned()),
        rule.service.as_ref().map(|service| format!("in {service}")),
        (!countries.is_empty()).then(|| format!("from {countries}")),
        rule.window.as_ref().map(window),
        rule.until.map(|until| format!("until {}", zone.long(until))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// What a version changed of the one before it, each in a sentence.
fn changes(before: &Policy, after: &Policy, name: &impl Fn(PersonId) -> String, zone: Zone) -> Vec<String> {
    let mut changes = Vec::new();
    if before.rule != after.rule {
        changes.push(told_rule(&after.rule));
    }
    let purposes = before.by_purpose.keys().chain(after.by_purpose.keys()).collect::<BTreeSet<_>>();
    for purpose in purposes {
        match (before.by_purpose.get(purpose), after.by_purpose.get(purpose)) {
            (was, Some(is)) if was != Some(is) => changes.push(format!("{}: {}", purpose.label(), told_rule(is))),
            (Some(_), None) => changes.push(format!("{}: left to the rule.", purpose.label())),
            _ => {}
        }
    }
    if before.signature_required != after.signature_required {
        changes.push(told_signature(after).to_owned());
    }
    if before.sensitive != after.sensitive {
        changes.push(told_sensitive(after));
    }
    if before.quiet_hours != after.quiet_hours {
        changes.push(told_quiet(after, name));
    }
    let delegate =
        |of: &Delegate| format!("{}, from {} to {}", name(of.person), zone.long(of.from), zone.long(of.until));
    let new = |of: &&Delegate| !before.delegates.contains(of);
    changes.extend(after.delegates.iter().filter(new).map(|of| format!("A delegate: {}.", delegate(of))));
    let gone = |of: &&Delegate| !after.delegates.contains(of);
    changes.extend(before.delegates.iter().filter(gone).map(|of| format!("A delegate no more: {}.", delegate(of))));
    for rule in after.standing.iter().filter(|rule| !before.standing.contains(rule)) {
        let does = if rule.approves { "Approves by itself" } else { "Denies by itself" };
        changes.push(format!("{does}: {}.", told_standing(rule, zone)));
    }
    for rule in before.standing.iter().filter(|rule| !after.standing.contains(rule)) {
        let did = if rule.approves { "Approves no more by itself" } else { "Denies no more by itself" };
        changes.push(format!("{did}: {}.", told_standing(rule, zone)));
    }
    if before.sources_without_grants != after.sources_without_grants {
        changes.push(told_sources(after).unwrap_or_else(|| "Every system states a grant.".to_owned()));
    }
    changes
}

fn told_signature(policy: &Policy) -> &'static str {
    if policy.signature_required {
        "Approvals of yours count only if they are signed with a key of yours."
    } else {
        "Approvals of yours count with a signature and without."
    }
}

fn told_sensitive(policy: &Policy) -> String {
    match policy.sensitive.as_slice() {
        [] => "No resource takes a second approver.".to_owned(),
        some => {
            let names = some.iter().map(|pattern| pattern.as_str()).collect::<Vec<_>>().join(", ");
            format!("Two different people of yours approve for these resources: {names}.")
        }
    }
}

fn told_quiet(policy: &Policy, name: &impl Fn(PersonId) -> String) -> String {
    match &policy.quiet_hours {
        None => "There are no quiet hours.".to_owned(),
        Some(quiet) => format!(
            "Quiet hours are {}. {} is on call then and decides too, approver or not.",
            window(&quiet.window),
            name(quiet.on_call)
        ),
    }
}

fn told_sources(policy: &Policy) -> Option<String> {
    let sources = &policy.sources_without_grants;
    (!sources.is_empty())
        .then(|| format!("Accesses from these systems are no exception for want of a grant: {}.", sources.join(", ")))
}
