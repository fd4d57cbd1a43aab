//! The browser's side of a ceremony: the server's options go to the authenticator, and its answer goes back.

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use web_sys::{
    RequestInit, Response,
    js_sys::{Intl::DateTimeFormat, JSON, Object, Promise, Reflect},
};

use crate::paths;

/// How a ceremony ends.
pub enum End {
    /// With another page.
    Go(String),
    /// With a sentence for the person.
    Tell(String),
}

// The browser reads and writes JSON of passkeys itself (Web Authentication, level 3, section 5.1.8).
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = PublicKeyCredential, js_name = parseRequestOptionsFromJSON)]
    fn parse_request_options(options: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_namespace = PublicKeyCredential, js_name = parseCreationOptionsFromJSON)]
    fn parse_creation_options(options: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["navigator", "credentials"], js_name = get)]
    fn get_credential(options: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["navigator", "credentials"], js_name = create)]
    fn create_credential(options: &JsValue) -> Result<Promise, JsValue>;
    // Written as a form is sent.
    type FormData;
    #[wasm_bindgen(constructor, catch)]
    fn new(form: &JsValue) -> Result<FormData, JsValue>;
    #[wasm_bindgen(js_name = URLSearchParams)]
    type Query;
    #[wasm_bindgen(constructor, catch, js_class = "URLSearchParams")]
    fn new(fields: &FormData) -> Result<Query, JsValue>;
    #[wasm_bindgen(method, js_class = "URLSearchParams", js_name = toString)]
    fn text(this: &Query) -> String;
}

/// Whether the page stands at this address's domain.
pub fn is_at(address: &str) -> bool {
    let host = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = host.split(['/', ':']).next().unwrap_or_default();
    leptos::prelude::location().hostname().is_ok_and(|here| here == host)
}

pub fn has_passkeys() -> bool {
    let class = field(&leptos::prelude::window(), "PublicKeyCredential");
    // The other is as old.
    field(&class, "parseRequestOptionsFromJSON").is_function()
}

pub fn go(address: &str) {
    // It fails only where an address can't be read, and the server's can.
    let _ = leptos::prelude::location().assign(address);
}

pub async fn sign_in(next: String) -> End {
    ended(try_to_sign_in(&next).await)
}

async fn try_to_sign_in(next: &str) -> Result<JsValue, End> {
    let options = post(paths::SIGN_IN_PASSKEY_START, None).await?;
    let options = parse_request_options(&options).map_err(not_done)?;
    let credential = get_credential(&object(&[("publicKey", &options)])).map_err(not_done)?.await.map_err(not_done)?;
    let zone = field(&DateTimeFormat::default().resolved_options(), "timeZone");
    let answer = object(&[("credential", &credential), ("next", &next.into()), ("zone", &zone)]);
    post(paths::SIGN_IN_PASSKEY, Some(&answer)).await
}

pub async fn register(name: String) -> End {
    ended(try_to_register(&name).await)
}

async fn try_to_register(name: &str) -> Result<JsValue, End> {
    let options = post(paths::ACCOUNT_PASSKEYS_START, None).await?;
    let options = parse_creation_options(&options).map_err(not_done)?;
    let credential =
        create_credential(&object(&[("publicKey", &options)])).map_err(not_done)?.await.map_err(not_done)?;
    post(paths::ACCOUNT_PASSKEYS, Some(&object(&[("name", &name.into()), ("credential", &credential)]))).await
}

pub async fn approve(form: String, start: String, end: String) -> End {
    ended(try_to_approve(&form, &start, &end).await)
}

async fn try_to_approve(form: &str, start: &str, end: &str) -> Result<JsValue, End> {
    let form = leptos::prelude::document().get_element_by_id(form).map(JsValue::from).unwrap_or_default();
    let sent: JsValue = Query::new(&FormData::new(&form).map_err(not_done)?).map_err(not_done)?.text().into();
    let options = post(start, Some(&object(&[("form", &sent)]))).await?;
    let options = parse_request_options(&options).map_err(not_done)?;
    let credential = get_credential(&object(&[("publicKey", &options)])).map_err(not_done)?.await.map_err(not_done)?;
    post(end, Some(&object(&[("form", &sent), ("credential", &credential)]))).await
}

fn ended(answer: Result<JsValue, End>) -> End {
    answer.map_or_else(|end| end, |onward| End::Go(field(&onward, "location").as_string().unwrap_or_default()))
}

/// Sends a body as JSON; a passkey among it writes itself.
async fn post(address: &str, body: Option<&JsValue>) -> Result<JsValue, End> {
    let init = RequestInit::new();
    init.set_method("POST");
    if let Some(body) = body {
        init.set_body(&JSON::stringify(body).map_err(not_done)?.into());
        init.set_headers(&object(&[("content-type", &"application/json".into())]));
    }
    let answer = leptos::prelude::window().fetch_with_str_and_init(address, &init).await;
    let Ok(answer) = answer.map(Response::from) else {
        return Err(End::Tell("The portal can’t be reached. Check your connection and try again.".to_owned()));
    };
    // To sign in again, where that was too long ago.
    if answer.redirected() {
        return Err(End::Go(answer.url()));
    }
    let body = match answer.json() {
        Ok(body) => body.await.unwrap_or_default(),
        Err(_) => JsValue::UNDEFINED,
    };
    if answer.ok() {
        return Ok(body);
    }
    let detail = field(&body, "detail").as_string();
    Err(End::Tell(detail.unwrap_or_else(|| "The portal could not do it now. Try again in a moment.".to_owned())))
}

/// What the browser says when it made or found no passkey.
fn not_done(error: JsValue) -> End {
    let name = field(&error, "name").as_string().unwrap_or_default();
    let sentence = match name.as_str() {
        // It doesn't tell which of the two.
        "NotAllowedError" | "AbortError" => "Nothing was done: it was cancelled, or it took too long.",
        "InvalidStateError" => "This device has a passkey of yours already.",
        "ConstraintError" | "NotSupportedError" => {
            "This device can’t make a passkey that checks that it is you, by PIN, fingerprint or face."
        }
        "SecurityError" => "Passkeys don’t work at this address.",
        _ => "The browser could not do it. Try again, or use another browser.",
    };
    End::Tell(sentence.to_owned())
}

fn object(fields: &[(&str, &JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // It fails only on objects that are frozen.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}

/// A field of an object; undefined where there is none, or no object.
fn field(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or_default()
}
