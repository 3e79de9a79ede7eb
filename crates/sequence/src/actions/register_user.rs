//! `RegisterUser`: who uses the product: name, organization and the validated product id.
//!
//! Does nothing where ProductID is not set. Follows: Microsoft, "RegisterUser Action".

use machine::View;

use crate::actions::Flow;
use crate::registration::places::Places;
use crate::registration::write::{Registrar, has_features};
use crate::{Error, Run, TopLevel};

pub(crate) fn register_user(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let mut registrar = Registrar::new(view);
    let comes = has_features(run) && !run.removes_product();
    let is_install = comes && run.request().top_level == TopLevel::Install;
    if is_install && !run.property("ProductID").is_empty() {
        let key = Places::of(run, view)?.install_properties();
        for (name, property) in [
            ("ProductID", "ProductID"),
            ("RegOwner", "USERNAME"),
            ("RegCompany", "COMPANYNAME"),
        ] {
            registrar.text(&key, name, run.property(property))?;
        }
    }
    Ok(Flow::script("RegisterUser", registrar.operations()))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::check;

    #[test]
    fn only_with_a_validated_product_id() {
        check(
            r"
            set USERNAME Alice
            run RegisterUser",
            expect![[""]],
        );
    }

    #[test]
    fn name_organization_and_id() {
        check(
            r"
            set ProductID 123
            set USERNAME Alice
            run RegisterUser",
            expect![[r#"
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=ProductID,Value=123)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=RegOwner,Value=Alice)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\InstallProperties,Name=RegCompany,Value=)
            "#]],
        );
    }
}
