//! A package as a bill of materials: CycloneDX 1.5.

use inspection::Inspection;
use installer::FileDigest;
use serde_json::{Value, json};

/// Makes the document: the product, and each of its files with its hash.
pub fn document(product: &Inspection, files: &[FileDigest]) -> Value {
    let product_reference = format!("msi:{}", product.product_code);
    let components: Vec<Value> = files
        .iter()
        .map(|file| {
            json!({
                "type": "file",
                "bom-ref": format!("{product_reference}/{}", file.file),
                "name": file.path,
                "hashes": [{"alg": "SHA-256", "content": file.sha256}],
                "properties": [
                    {"name": "msi:file", "value": file.file},
                    {"name": "msi:size", "value": file.size.to_string()},
                ],
            })
        })
        .collect();
    let contained: Vec<&Value> = components.iter().map(|one| &one["bom-ref"]).collect();
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "tools": {"components": [{
                "type": "application",
                "name": "msikit",
                "version": env!("CARGO_PKG_VERSION"),
            }]},
            "component": {
                "type": "application",
                "bom-ref": product_reference,
                "name": product.product_name,
                "version": product.version,
                "supplier": {"name": product.manufacturer},
                "properties": [{"name": "msi:product_code", "value": product.product_code}],
            },
        },
        "components": components,
        "dependencies": [{"ref": product_reference, "dependsOn": contained}],
    })
}
