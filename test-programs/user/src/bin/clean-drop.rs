//! A page that was not changed since it was read is dropped, not written. Argument:
//! how much memory to use, in KiB.
//!
//! Rule: A clean page with a valid slot or a file behind it is dropped without a
//! write.
#![cfg_attr(target_os = "none", no_std, no_main)]

use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::{exhibit, image, pagewalk};

exhibit!(TABLE, 16);

fn run(arguments: &Arguments) -> Outcome {
    let pages = pagewalk::pages_to_use(arguments, 16, 1024)?;
    let region = Region::anonymous(pages)?;
    let table = Region::of_constants(&TABLE);
    let exact = image::settle(arguments).is_ok();
    let verify_all = || {
        (0..table.pages()).try_for_each(|page| image::verify_exhibit(table, page))?;
        (0..pages).try_for_each(|page| region.verify(page, page as u64))
    };
    println!(
        "I fill {pages} pages, and read them and {} of my file, twice.",
        table.pages()
    );
    let (_, filled) = counting(|| (0..pages).for_each(|page| region.fill(page, page as u64)));
    let (right, first) = counting(verify_all);
    right?;
    let (right, second) = counting(verify_all);
    right?;
    println!("All is as I wrote it.");

    let (Some(filled), Some(first), Some(second)) = (filled, first, second) else {
        skip("which pages were written to the disk", pagewalk::OUR_KERNEL);
        return Ok(());
    };
    println!("When I filled them: {filled}.");
    println!("The first time that I read them: {first}.");
    println!("The second time, when nothing had changed any more: {second}.");
    if pagewalk::frames().is_none_or(|frames| pages < frames) {
        skip("drops", "fewer frames, or more memory to be used");
    } else if exact {
        second.expect(&[("swap_out", 0)])?;
        check!(second.get("clean_drop") > 0, "no page was dropped");
        check!(second.get("swap_in") > 0, "no page was read from the disk");
    }
    Ok(())
}

pagewalk_user_programs::program!(run);
