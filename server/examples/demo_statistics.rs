//! Makes the figures of the demonstration from the publishers' files:
//!
//!     cargo run -p server --example demo_statistics -- ../shared/data server/demo/statistics

use std::{error::Error, fs, path::Path};

use chrono::NaiveDate;
use domain::statistics::{CsvFigures, Download, Figure, Metric, read};
use sha2::{Digest, Sha256};

const FILES: [(&str, &str, &[Metric]); 2] = [
    (
        "google-2024-05/google-global-user-data-requests.csv",
        "google-user-data-requests.csv",
        &[Metric::Requests, Metric::DisclosedPercentage],
    ),
    (
        "apple-2024-05/account_requests.csv",
        "apple-account-requests.csv",
        &[Metric::Requests, Metric::RejectedOrChallenged, Metric::NonContentDisclosed, Metric::ContentDisclosed],
    ),
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    let [from, to] = arguments.as_slice() else {
        return Err("name the folder of the data and that of the demo".into());
    };
    // The month is known, the day is not.
    let retrieved = NaiveDate::from_ymd_opt(2024, 5, 31).ok_or("no day")?;
    for (file, name, metrics) in FILES {
        let bytes = fs::read(Path::new(from).join(file))?;
        let sha256 = Sha256::digest(&bytes).into();
        let mut csv = CsvFigures::with_header()?;
        for report in read(Download {
            bytes: &bytes,
            sha256,
            retrieved,
            title: None,
            file_name: name,
            period: None,
            service: None,
        })?
        .reports
        {
            let kept = |figure: Figure| figure != Figure::NotApplicable;
            for row in report.rows.iter().filter(|row| metrics.contains(&row.metric) && kept(row.figure)) {
                csv.write(&report.source, row)?;
            }
        }
        let kept = metrics.iter().map(|metric| metric.code()).collect::<Vec<_>>().join(", ");
        let comment = format!("# Of the figures in {file}, these are {kept}. README.md says more.\n");
        fs::write(Path::new(to).join(name), comment + &with_constants(&csv.take()?)?)?;
        println!("{name}");
    }
    Ok(())
}

/// The same figures, with what is the same in every line named once, in comments.
fn with_constants(csv: &[u8]) -> Result<String, Box<dyn Error>> {
    let mut reader = csv::Reader::from_reader(csv);
    let header = reader.headers()?.clone();
    let records = reader.records().collect::<Result<Vec<_>, _>>()?;
    let constant = |place| records.iter().all(|record| record.get(place) == records[0].get(place));
    let (constants, columns): (Vec<_>, Vec<_>) = (0..header.len()).partition(|place| constant(*place));
    let mut text = String::new();
    for place in constants {
        text.push_str(&format!("# {}: {}\n", &header[place], &records[0][place]));
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in std::iter::once(&header).chain(&records) {
        writer.write_record(columns.iter().map(|place| &record[*place]))?;
    }
    text.push_str(&String::from_utf8(writer.into_inner()?)?);
    Ok(text)
}
