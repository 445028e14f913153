//! With all memory in use the largest process ends, the others go on.
//!
//! Rule: Out of memory: a fault ends the largest process with a report.
#![cfg_attr(target_os = "none", no_std, no_main)]

use pagewalk_user_programs::abi::signal::SIGKILL;
use pagewalk_user_programs::file::Gate;
use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::process::{self, Status};
use pagewalk_user_programs::{fail, pagewalk};

const PAGES: usize = 4;

fn run(_: &Arguments) -> Outcome {
    let Some(free) = pagewalk::free_pages() else {
        skip(
            "filling all memory",
            "the Pagewalk kernel with at most 4096 frames",
        );
        return Ok(());
    };
    let region = Region::anonymous(PAGES)?;
    let go = Gate::new()?;
    let bystander = process::child(|| {
        fill(region, 1);
        go.wait()?;
        verify(region, 1)?;
        println!("Bystander: I have seen nothing.");
        Ok(())
    })?;
    fill(region, 2);
    println!("About {free} pages are free. A child takes more.");
    let glutton = process::child(|| {
        pagewalk::press(2 * free)?;
        fail!("the glutton got {} pages", 2 * free);
    })?;
    let status = glutton.wait()?;
    println!("The glutton was {status}.");
    check_eq!(
        status,
        Status::Killed(SIGKILL as u8),
        "how the glutton ended"
    );
    verify(region, 2)?;
    go.open()?;
    bystander.success()?;
    println!("My pages are as they were, and there is memory again.");
    pagewalk::release(pagewalk::press(free / 2)?)
}

fn fill(region: Region, tag: u64) {
    (0..PAGES).for_each(|page| region.fill(page, tag));
}

fn verify(region: Region, tag: u64) -> Outcome {
    (0..PAGES).try_for_each(|page| region.verify(page, tag))
}

pagewalk_user_programs::program!(run);
