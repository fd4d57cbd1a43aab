//! Where data is: on the map, and in a table that says the same and more.

use std::collections::BTreeMap;

use domain::{
    CountryCode,
    terms::{Location, PlaceRole, PublishedTerm, TermsOn, Transfer},
};
use leptos::prelude::*;

use crate::{
    chart::world_map::{MapCountry, MapFlow, MapKey, WorldMap},
    paths,
    term_parts::{counted, long, version_tags},
};

/// Something that happens to data in a country.
struct Place {
    address: String,
    service: String,
    by: String,
    data: String,
    tags: AnyView,
}

/// What happens in each country, by the role of the place.
type Places = BTreeMap<(&'static str, CountryCode), BTreeMap<usize, Vec<Place>>>;

pub fn section(terms: &TermsOn) -> impl IntoView + use<> {
    let places = places(terms);
    let body = if places.is_empty() {
        view! { <p class="empty">"No place of your data is recorded for this day."</p> }.into_any()
    } else {
        let map = map(terms, &places);
        view! {
            {map}
            {table(terms, places)}
        }
        .into_any()
    };
    view! {
        <section aria-labelledby="places">
            <h2 id="places">"Where your data is"</h2>
            {body}
        </section>
    }
}

fn places(terms: &TermsOn) -> Places {
    let mut places = Places::new();
    let mut add = |country: CountryCode, role: PlaceRole, place: Place| {
        let of_country = places.entry((country.name(), country)).or_default();
        of_country.entry(rank(role)).or_default().push(place);
    };
    let address = |published: &PublishedTerm| paths::term(published.version.kind(), &published.version.key);
    for (published, location) in terms.of::<Location>() {
        let region = location.region.as_ref().map(|region| format!(", region {region}")).unwrap_or_default();
        add(
            location.country,
            location.place_role,
            Place {
                address: address(published),
                service: location.service.clone(),
                by: format!("{}{region}", location.operated_by),
                data: location.data.0.clone(),
                tags: version_tags(published).into_any(),
            },
        );
    }
    for (published, transfer) in terms.of::<Transfer>() {
        add(
            transfer.to_country,
            transfer.place_role,
            Place {
                address: address(published),
                service: transfer.service.clone(),
                by: format!("{}, from {}", transfer.recipient, transfer.from_country.name()),
                data: transfer.data.0.clone(),
                tags: version_tags(published).into_any(),
            },
        );
    }
    places
}

/// In the order of how much is done with data: a country is drawn as the first that it has.
const ROLES: [(PlaceRole, &str); 3] =
    [(PlaceRole::Stored, "stored"), (PlaceRole::Processed, "processed"), (PlaceRole::AccessedFrom, "accessed")];

fn rank(role: PlaceRole) -> usize {
    ROLES.iter().position(|(known, _)| *known == role).unwrap_or_default()
}

fn map(terms: &TermsOn, places: &Places) -> impl IntoView + use<> {
    let mut countries = places
        .iter()
        .filter_map(|((_, code), by_role)| {
            let (first, _) = by_role.first_key_value()?;
            let roles = by_role.iter().map(|(rank, places)| {
                let mut services = places.iter().map(|place| place.service.as_str()).collect::<Vec<_>>();
                services.dedup();
                format!("{}: {}", ROLES[*rank].0.label().to_lowercase(), services.join(", "))
            });
            let label = roles.collect::<Vec<_>>().join("; ");
            Some((*first, MapCountry { code: *code, shade: ROLES[*first].1, label }))
        })
        .collect::<Vec<_>>();
    // Those that matter most are named first.
    countries.sort_by_key(|(rank, _)| *rank);
    let shades = countries.iter().map(|(rank, _)| *rank).collect::<Vec<_>>();
    let countries = countries.into_iter().map(|(_, country)| country).collect::<Vec<_>>();
    // One arrow for all that goes one way: several would hide each other.
    let mut ways = BTreeMap::<_, Vec<String>>::new();
    for (_, transfer) in terms.of::<Transfer>() {
        let flagged = terms.footing(transfer).is_flagged();
        ways.entry((transfer.from_country, transfer.to_country, flagged)).or_default().push(transfer.service.clone());
    }
    let flows = ways
        .into_iter()
        .map(|((from, to, flagged), services)| MapFlow { from, to, label: services.join(", "), flagged })
        .collect::<Vec<_>>();
    let key = ROLES.iter().enumerate().filter(|(rank, _)| shades.contains(rank));
    let key = key.map(|(_, (role, shade))| MapKey { shade, label: role.label().to_owned() });
    let has = |flagged: bool| flows.iter().any(|flow| flow.flagged == flagged);
    let arrows = [
        has(false).then(|| MapKey { shade: "flow", label: "Transfer".to_owned() }),
        has(true).then(|| MapKey { shade: "flagged", label: "Transfer on no valid mechanism".to_owned() }),
    ];
    let key = key.chain(arrows.into_iter().flatten()).collect::<Vec<_>>();
    let description = format!(
        "{} where data is stored, processed or accessed from, and {} between them. The table below says the same.",
        counted(countries.len(), "country", "countries"),
        counted(flows.len(), "way", "ways")
    );
    let title = format!("Where your data is on {}", long(terms.day));
    view! {
        <figure>
            <WorldMap id="map" title description countries flows key />
        </figure>
    }
}

fn table(terms: &TermsOn, places: Places) -> impl IntoView + use<> {
    let rows = places
        .into_iter()
        .map(|((name, _), mut by_role)| {
            let cells = ROLES.iter().enumerate().map(|(rank, (role, _))| {
                let places = by_role.remove(&rank).unwrap_or_default();
                let nothing = places.is_empty().then_some("No");
                let places = places.into_iter().map(|place| {
                    view! {
                        <li>
                            <a href=place.address>{place.service}</a>
                            <span class="sub">{place.data}</span>
                            <span class="sub">"By " {place.by}</span>
                            <span class="tags">{place.tags}</span>
                        </li>
                    }
                });
                let places = places.collect_view();
                let list = (!places.is_empty()).then(|| view! { <ul class="bare">{places}</ul> });
                view! {
                    <td role="cell" data-label=role.label()>
                        {nothing}
                        {list}
                    </td>
                }
            });
            let cells = cells.collect_view();
            view! {
                <tr role="row">
                    <th role="rowheader" scope="row" data-label="Country">
                        {name}
                    </th>
                    {cells}
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="records" role="table">
            <caption>{format!("Countries by what is done there, on {}", long(terms.day))}</caption>
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">"Country"</th>
                    {ROLES.map(|(role, _)| view! { <th role="columnheader" scope="col">{role.label()}</th> }).collect_view()}
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
}
