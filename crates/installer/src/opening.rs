//! Opening what a command names: a package, the cached package of an installed product, an advertised one at its source.

use std::path::PathBuf;

use machine::MachinePath;
use sequence::TopLevel;
use sequence::registration::{self, Product, ProductState};

use crate::package::{Package, host_of_wine_path, is_machine_path};
use crate::products::find_product;
use crate::world::Site;
use crate::{Command, Error, Intent, code, folder, transforms};

/// A package opened for a command.
pub(crate) struct Opened {
    pub(crate) package: Package,
    /// What the user, or the registration, calls it.
    pub(crate) called: String,
    /// It is the machine's own copy, or source, of a product that an administrator installed or advertised.
    pub(crate) managed: bool,
}

/// Opens what a command names: a package, or the cached package of an installed product.
///
/// The transforms that it was, or is to be, installed with are applied.
/// Errors: 1619, 1620, 1605, 1624.
pub(crate) fn open(command: &Command, site: &dyn Site) -> Result<Opened, Error> {
    let target = command.target.as_str();
    match command.top_level() {
        TopLevel::Admin => return open_for_image(command, site),
        TopLevel::Advertise => return open_for_advertisement(command, site),
        TopLevel::Install => {}
    }
    if registration::guid::normal(target).is_some() {
        return open_installed(target, site);
    }
    let is_package = is_machine_path(target) || folder::exists(std::path::Path::new(target));
    if !is_package {
        return match find_product(site.as_view(), target)? {
            Some(product) => open_product(&product, site),
            None if command.intent == Intent::Install || looks_like_a_file(target) => {
                Package::open(target, site).map(|package| Opened {
                    package,
                    called: target.to_owned(),
                    managed: false,
                })
            }
            None => Err(Error::UnknownProduct {
                name: target.to_owned(),
            }),
        };
    }
    let mut package = Package::open(target, site)?;
    transforms::apply(&mut package, &command.properties, site)?;
    if command.intent == Intent::Install {
        return Ok(Opened {
            package,
            called: target.to_owned(),
            managed: false,
        });
    }
    // Maintenance is done with the cached package, where it is still there.
    let code = package.property("ProductCode")?;
    let Some(product) = registration::find(site.as_view(), &code)? else {
        let name = package.property("ProductName")?;
        return Err(Error::UnknownProduct {
            name: format!("{name} {code}"),
        });
    };
    Ok(open_product(&product, site).unwrap_or(Opened {
        package,
        called: target.to_owned(),
        managed: false,
    }))
}

/// A package as it is: "the application of transforms during the creation of an administrative image has no valid
/// effect" ("Administrative Installation"), so that none is applied.
fn open_for_image(command: &Command, site: &dyn Site) -> Result<Opened, Error> {
    let package = Package::open(&command.target, site)?;
    Ok(Opened {
        package,
        called: command.target.clone(),
        managed: false,
    })
}

/// A package with the transforms, and in the language, that it is to be published with.
///
/// Errors: 1619, 1620, 1623, 1624.
fn open_for_advertisement(command: &Command, site: &dyn Site) -> Result<Opened, Error> {
    let mut package = Package::open(&command.target, site)?;
    let mut properties = command.properties.clone();
    if let Intent::Advertise {
        language: Some(language),
        ..
    } = command.intent
        && let Some(transform) = package.in_language(language)?
    {
        let given = command.property("TRANSFORMS");
        let both = [&transform, given]
            .into_iter()
            .filter(|list| !list.is_empty());
        let list = both.collect::<Vec<&str>>().join(";");
        properties.push(("TRANSFORMS".to_owned(), list));
    }
    transforms::apply(&mut package, &properties, site)?;
    Ok(Opened {
        package,
        called: command.target.clone(),
        managed: false,
    })
}

fn looks_like_a_file(target: &str) -> bool {
    target.contains(['/', '\\']) || target.to_ascii_lowercase().ends_with(".msi")
}

/// Opens the cached package of an installed product.
///
/// Errors: [`Error::UnknownProduct`] (1605); 1612 where the cached package is gone; 1624.
pub(crate) fn open_installed(product_code: &str, site: &dyn Site) -> Result<Opened, Error> {
    match registration::find(site.as_view(), product_code)? {
        Some(product) => open_product(&product, site),
        None => Err(Error::UnknownProduct {
            name: product_code.to_owned(),
        }),
    }
}

fn open_product(product: &Product, site: &dyn Site) -> Result<Opened, Error> {
    let gone = || Error::Failed {
        code: code::SOURCE_ABSENT,
        message: format!(
            "the cached package of {} is gone: name the package itself",
            product.name
        ),
    };
    if product.state == ProductState::Advertised {
        return open_at_source(product, site);
    }
    let cached = product.local_package.as_deref().ok_or_else(gone)?;
    let path = site.as_view().path(cached)?;
    if !site.as_view().is_file(&path)? {
        return Err(gone());
    }
    let mut package = Package::open_in_machine(&path, cached, site)?;
    let source = usable_source(product, site).unwrap_or_default();
    package.folder = source_folder(&source, site);
    package.source.name = product.package_name.clone().unwrap_or(package.source.name);
    package.source.folder = source;
    package.source.original = cached.to_owned();
    transforms::apply_registered(&mut package, product, site)?;
    Ok(Opened {
        package,
        called: product.product_code.clone(),
        managed: product.context != registration::Context::UserUnmanaged,
    })
}

/// The first of a product's sources where its package lies: the last used one, that of the installation, the others in
/// their order. Where it is nowhere, that of the installation: a cached package may need none. "Source Resiliency".
fn usable_source(product: &Product, site: &dyn Site) -> Option<String> {
    let used = [&product.last_used_source, &product.install_source];
    let all = used.into_iter().flatten().chain(&product.sources);
    let name = product.package_name.as_deref().unwrap_or_default();
    let has_package = |source: &&String| {
        let Some(folder) = source_folder(source, site) else {
            return false;
        };
        let file = folder::find(&folder, &[name]).ok().flatten();
        // A folder of text tables is its own source.
        let itself = folder.file_name().is_some_and(|last| last == name);
        let itself = itself.then_some(folder);
        let mut places = file.into_iter().chain(itself);
        places.any(|place| is_package_of(product, &place))
    };
    let mut all = all.filter(|source| !source.is_empty());
    all.find(has_package)
        .or(product.install_source.as_ref())
        .cloned()
}

/// Is this the very package that the product was installed with?
fn is_package_of(product: &Product, place: &std::path::Path) -> bool {
    let package = Package::open_on_host(place).ok();
    let summary = package
        .as_ref()
        .and_then(|package| package.database.summary().ok());
    let own = product.package_code.as_deref();
    let code = summary.map(|summary| summary.package_code());
    own.is_some_and(|own| code.is_some_and(|code| own.eq_ignore_ascii_case(code)))
}

/// Opens the package of an advertised product where it was advertised from: there is no copy of it yet.
///
/// Errors: 1612 where it is not there, or is that of another product; 1624.
fn open_at_source(product: &Product, site: &dyn Site) -> Result<Opened, Error> {
    let source = product.last_used_source.clone().unwrap_or_default();
    let name = product.package_name.clone().unwrap_or_default();
    let gone = |why: &str| Error::Failed {
        code: code::SOURCE_ABSENT,
        message: format!(
            "{} is advertised from {source}{name}, {why}: name the package itself",
            product.name
        ),
    };
    // A folder of text tables is its own source.
    let folders = [&source].into_iter().chain(&product.sources);
    let places = folders.flat_map(|folder| [format!("{folder}{name}"), folder.clone()]);
    let places: Vec<String> = places.collect();
    let opened = places
        .iter()
        .find_map(|place| match host_of_wine_path(place) {
            Some(path) => Package::open_on_host(&path).ok(),
            None => Package::open(place, site).ok(),
        });
    let mut package = opened.ok_or_else(|| gone("where it is not any more"))?;
    transforms::apply_registered(&mut package, product, site)?;
    let code = package.property("ProductCode")?;
    if !code.eq_ignore_ascii_case(&product.product_code) {
        return Err(gone("where the package of another product is now"));
    }
    Ok(Opened {
        package,
        called: product.product_code.clone(),
        managed: product.context != registration::Context::UserUnmanaged,
    })
}

fn source_folder(source: &str, site: &dyn Site) -> Option<PathBuf> {
    host_of_wine_path(source).or_else(|| site.host_path(&MachinePath::parse(source).ok()?))
}
