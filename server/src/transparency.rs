use crate::router::Routes;
pub fn routes(routes: Routes) -> Routes {
    routes
}
