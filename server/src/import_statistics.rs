#[derive(clap::Args, Debug)]
pub struct Args {}
#[derive(Debug, thiserror::Error)]
pub enum ImportError {}
pub async fn run(_: Args, _: store::Store) -> Result<(), ImportError> {
    Ok(())
}
pub async fn import_demo(_: &store::Store) -> Result<(), ImportError> {
    Ok(())
}
