//! The document around every page.

use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

use crate::{
    components::Frame,
    context::PageContext,
    pages::{
        access::AccessListPage,
        access_record::AccessRecordPage,
        account::AccountPage,
        activity::ActivityPage,
        api_docs::ApiDocsPage,
        approval::ApprovalPage,
        approval_policy::ApprovalPolicyPage,
        approvals::ApprovalsPage,
        audits::AuditsPage,
        authenticator::AuthenticatorPage,
        commitments::CommitmentsPage,
        controls::ControlsPage,
        counted_sources::CountedSourcesPage,
        customers::CustomersPage,
        demand::DemandPage,
        demand_new::NewDemandPage,
        demands::DemandsPage,
        desk::DeskPage,
        desk_access::DeskAccessPage,
        desk_grant::DeskGrantPage,
        desk_inquiries::DeskInquiriesPage,
        desk_inquiry::DeskInquiryPage,
        desk_notice::DeskNoticePage,
        desk_notice_draft::DeskNoticeDraftPage,
        desk_notice_new::DeskNoticeNewPage,
        desk_notices::DeskNoticesPage,
        desk_report::{DeskReportDraftPage, DeskReportPage},
        desk_statistics::{DeskStatisticsPage, StatisticsImportPage, StatisticsUploadPage},
        desk_terms::{DeskTermNewPage, DeskTermPage, DeskTermsPage, DeskTermsProposalPage},
        documents::DocumentsPage,
        editions::{EditionPage, EditionsPage},
        exceptions::ExceptionsPage,
        findings::FindingsPage,
        home::HomePage,
        inquiries::InquiriesPage,
        inquiry::InquiryPage,
        join::JoinPage,
        not_found::NotFoundPage,
        notice::NoticePage,
        notices::NoticesPage,
        overview::OverviewPage,
        people::PeoplePage,
        policies::PoliciesPage,
        policy::{PolicyPage, PolicyVersionPage},
        sign_in::SignInPage,
        sign_in_code::SignInCodePage,
        sign_in_rule::SignInRulePage,
        single_sign_on::SingleSignOnPage,
        summary::{SummariesPage, SummaryPage},
        term::TermPage,
        tokens::TokensPage,
        transfers::TransfersPage,
        transparency::{
            ComparePage, CountriesPage, OutcomesPage, PeriodsPage, ProcessesPage, SourcesPage, TransparencyPage,
        },
        webhooks::WebhooksPage,
    },
};

/// The whole document. Rendered once more at start, without a request, to learn the routes.
pub fn shell() -> impl IntoView {
    let options = use_context::<PageContext>().map(|context| context.options);
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                {options.map(|options| {
                    view! {
                        <AutoReload options=options.clone() />
                        <HashedStylesheet options />
                    }
                })}
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// Every page and its address. Pages wait for their data (`SsrMode::Async`), so that the status code and the content
/// are right and no script is needed to put them in place.
#[component]
fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Frame>
                <Routes fallback=NotFoundPage>
                    <Route path=path!("/") view=HomePage ssr=SsrMode::Async />
                    <Route path=path!("/transparency") view=TransparencyPage ssr=SsrMode::Async />
                    <Route path=path!("/transparency/countries") view=CountriesPage ssr=SsrMode::Async />
                    <Route path=path!("/transparency/periods") view=PeriodsPage ssr=SsrMode::Async />
                    <Route path=path!("/transparency/processes") view=ProcessesPage ssr=SsrMode::Async />
                    <Route path=path!("/transparency/outcomes") view=OutcomesPage ssr=SsrMode::Async />
                    <Route path=path!("/transparency/compare") view=ComparePage ssr=SsrMode::Async />
                    <Route path=path!("/transparency/sources") view=SourcesPage ssr=SsrMode::Async />
                    <Route path=path!("/commitments") view=CommitmentsPage ssr=SsrMode::Async />
                    <Route path=path!("/audits") view=AuditsPage ssr=SsrMode::Async />
                    <Route path=path!("/audits/controls") view=ControlsPage ssr=SsrMode::Async />
                    <Route path=path!("/policies") view=PoliciesPage ssr=SsrMode::Async />
                    <Route path=path!("/policies/:key") view=PolicyPage ssr=SsrMode::Async />
                    <Route path=path!("/policies/:key/:from") view=PolicyVersionPage ssr=SsrMode::Async />
                    <Route path=path!("/transparency/editions") view=EditionsPage ssr=SsrMode::Async />
                    <Route path=path!("/transparency/editions/:half/:number") view=EditionPage ssr=SsrMode::Async />
                    <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async />
                    <Route path=path!("/sign-in/code") view=SignInCodePage ssr=SsrMode::Async />
                    <Route path=path!("/join/:secret") view=JoinPage ssr=SsrMode::Async />
                    <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async />
                    <Route path=path!("/account/authenticator") view=AuthenticatorPage ssr=SsrMode::Async />
                    <Route path=path!("/portal") view=OverviewPage ssr=SsrMode::Async />
                    <Route path=path!("/portal/access") view=AccessListPage ssr=SsrMode::Async />
                    <Route path=path!("/portal/access/:sequence") view=AccessRecordPage ssr=SsrMode::Async />
                    <Route path=path!("/portal/sources") view=CountedSourcesPage ssr=SsrMode::Async />
                    <Route path=path!("/portal/notices") view=NoticesPage ssr=SsrMode::Async />
                    <Route path=path!("/portal/notices/:sequence") view=NoticePage ssr=SsrMode::Async />
                    <Route path=path!("/portal/inquiries") view=InquiriesPage ssr=SsrMode::Async />
                    <Route path=path!("/portal/inquiries/:sequence") view=InquiryPage ssr=SsrMode::Async />
                    <Route path=path!("/portal/approvals") view=ApprovalsPage ssr=SsrMode::Async />
                    <Route path=path!("/portal/approvals/exceptions") view=ExceptionsPage ssr=SsrMode::Async />
                    <Route path=path!("/portal/approvals/policy") view=ApprovalPolicyPage ssr=SsrMode::Async />
                    <Route path=path!("/portal/approvals/:id") view=ApprovalPage ssr=SsrMode::Async />
                    <Route path=path!("/portal/findings") view=FindingsPage ssr=SsrMode::Async />
                    <Route path=path!("/portal/summary") view=SummariesPage ssr=SsrMode::Async />
                    <Route path=path!("/portal/summary/:month") view=SummaryPage ssr=SsrMode::Async />
                    <Route path=path!("/portal/transfers") view=TransfersPage ssr=SsrMode::Async />
                    <Route path=path!("/portal/transfers/:kind/:key") view=TermPage ssr=SsrMode::Async />
                    <Route path=path!("/portal/documents") view=DocumentsPage ssr=SsrMode::Async />
                    <Route path=path!("/portal/people") view=PeoplePage ssr=SsrMode::Async />
                    <Route path=path!("/portal/tokens") view=TokensPage ssr=SsrMode::Async />
                    <Route path=path!("/portal/webhooks") view=WebhooksPage ssr=SsrMode::Async />
                    <Route path=path!("/portal/activity") view=ActivityPage ssr=SsrMode::Async />
                    <Route path=path!("/portal/single-sign-on") view=SingleSignOnPage ssr=SsrMode::Async />
                    <Route path=path!("/portal/sign-in-rule") view=SignInRulePage ssr=SsrMode::Async />
                    <Route path=path!("/desk/people") view=PeoplePage ssr=SsrMode::Async />
                    <Route path=path!("/desk/tokens") view=TokensPage ssr=SsrMode::Async />
                    <Route path=path!("/desk/webhooks") view=WebhooksPage ssr=SsrMode::Async />
                    <Route path=path!("/desk/activity") view=ActivityPage ssr=SsrMode::Async />
                    <Route path=path!("/desk/customers") view=CustomersPage ssr=SsrMode::Async />
                    <Route path=path!("/desk/demands") view=DemandsPage ssr=SsrMode::Async />
                    <Route path=path!("/desk/demands/new") view=NewDemandPage ssr=SsrMode::Async />
                    <Route path=path!("/desk/demands/:id") view=DemandPage ssr=SsrMode::Async />
                    <Route path=path!("/desk/notices") view=DeskNoticesPage ssr=SsrMode::Async />
                    <Route path=path!("/desk/notices/new") view=DeskNoticeNewPage ssr=SsrMode::Async />
                    <Route path=path!("/desk/notices/drafts/:id") view=DeskNoticeDraftPage ssr=SsrMode::Async />
                    <Route path=path!("/desk/notices/:id") view=DeskNoticePage ssr=SsrMode::Async />
                    <Route path=path!("/desk/access") view=DeskAccessPage ssr=SsrMode::Async />
                    <Route path=path!("/desk/access/:id") view=DeskGrantPage ssr=SsrMode::Async />
                    <Route path=path!("/desk/inquiries") view=DeskInquiriesPage ssr=SsrMode::Async />
                    <Route path=path!("/desk/inquiries/:id") view=DeskInquiryPage ssr=SsrMode::Async />
                    <Route path=path!("/desk/terms") view=DeskTermsPage ssr=SsrMode::Async />
                    <Route path=path!("/desk/terms/new") view=DeskTermNewPage ssr=SsrMode::Async />
                    <Route path=path!("/desk/terms/proposals/:id") view=DeskTermsProposalPage ssr=SsrMode::Async />
                    <Route path=path!("/desk/terms/published/:kind/:key") view=DeskTermPage ssr=SsrMode::Async />
                    <Route path=path!("/desk/report") view=DeskReportPage ssr=SsrMode::Async />
                    <Route path=path!("/desk/report/:id") view=DeskReportDraftPage ssr=SsrMode::Async />
                    <Route path=path!("/desk/statistics") view=DeskStatisticsPage ssr=SsrMode::Async />
                    <Route path=path!("/desk/statistics/uploads/:id") view=StatisticsUploadPage ssr=SsrMode::Async />
                    <Route path=path!("/desk/statistics/imports/:id") view=StatisticsImportPage ssr=SsrMode::Async />
                    <Route path=path!("/desk") view=DeskPage ssr=SsrMode::Async />
                    <Route path=path!("/api/docs") view=ApiDocsPage ssr=SsrMode::Async />
                </Routes>
            </Frame>
        </Router>
    }
}
