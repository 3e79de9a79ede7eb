//! Products and their files as a bill of materials: CycloneDX 1.5.

use inspection::Inspection;
use installer::{FileDigest, Plan};
use serde_json::{Map, Value, json};

/// A product of a bill.
pub struct Product<'a> {
    name: &'a str,
    version: &'a str,
    manufacturer: &'a str,
    code: &'a str,
}

impl<'a> Product<'a> {
    /// The product that a plan installs.
    pub fn of_plan(plan: &'a Plan) -> Product<'a> {
        let property = |name: &str| plan.properties.get(name).map_or("", String::as_str);
        Product {
            name: property("ProductName"),
            version: property("ProductVersion"),
            manufacturer: property("Manufacturer"),
            code: property("ProductCode"),
        }
    }

    fn reference(&self) -> String {
        format!("msi:{}", self.code)
    }

    fn component(&self) -> Map<String, Value> {
        let mut component = Map::new();
        component.insert("type".to_owned(), json!("application"));
        component.insert("bom-ref".to_owned(), json!(self.reference()));
        component.insert("name".to_owned(), json!(self.name));
        component.insert("version".to_owned(), json!(self.version));
        component.insert("supplier".to_owned(), json!({"name": self.manufacturer}));
        let code = json!([{"name": "msi:product_code", "value": self.code}]);
        component.insert("properties".to_owned(), code);
        component
    }
}

impl<'a> From<&'a Inspection> for Product<'a> {
    fn from(inspection: &'a Inspection) -> Product<'a> {
        Product {
            name: &inspection.product_name,
            version: &inspection.version,
            manufacturer: &inspection.manufacturer,
            code: &inspection.product_code,
        }
    }
}

/// Makes the document: the products, and each of their files with its hash. One product is what the document is
/// about; several are its components, and have their files in them.
pub fn document(products: &[(Product<'_>, Vec<FileDigest>)]) -> Value {
    let tools = json!({"components": [{
        "type": "application",
        "name": "msikit",
        "version": env!("CARGO_PKG_VERSION"),
    }]});
    let (metadata, components) = match products {
        [(product, files)] => {
            let metadata = json!({"tools": tools, "component": product.component()});
            (metadata, file_components(product, files))
        }
        several => {
            let each = several.iter().map(|(product, files)| {
                let mut component = product.component();
                component.insert(
                    "components".to_owned(),
                    file_components(product, files).into(),
                );
                component.into()
            });
            (json!({"tools": tools}), each.collect())
        }
    };
    let dependencies: Vec<Value> = products
        .iter()
        .map(|(product, files)| {
            let contained: Vec<String> = files
                .iter()
                .map(|file| file_reference(product, file))
                .collect();
            json!({"ref": product.reference(), "dependsOn": contained})
        })
        .collect();
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": metadata,
        "components": components,
        "dependencies": dependencies,
    })
}

fn file_reference(product: &Product<'_>, file: &FileDigest) -> String {
    format!("{}/{}", product.reference(), file.file)
}

fn file_components(product: &Product<'_>, files: &[FileDigest]) -> Vec<Value> {
    let component = |file: &FileDigest| {
        json!({
            "type": "file",
            "bom-ref": file_reference(product, file),
            "name": file.path,
            "hashes": [{"alg": "SHA-256", "content": file.sha256}],
            "properties": [
                {"name": "msi:file", "value": file.file},
                {"name": "msi:size", "value": file.size.to_string()},
            ],
        })
    };
    files.iter().map(component).collect()
}
