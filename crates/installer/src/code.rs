//! Windows' codes and their symbols, in one place.
//!
//! Follows: Microsoft, "Error Codes" and "Initialization Errors".

/// Codes that this program decides on itself; the others come from a package's run.
pub const SUCCESS: u32 = 0;
/// ERROR_FILE_NOT_FOUND: what a registry key or value that is not there is to Windows.
pub const NOT_FOUND: u32 = 2;
/// ERROR_ACCESS_DENIED.
pub const ACCESS_DENIED: u32 = 5;
/// ERROR_SERVICE_ALREADY_RUNNING.
pub const SERVICE_ALREADY_RUNNING: u32 = 1056;
/// ERROR_SERVICE_NOT_ACTIVE.
pub const SERVICE_NOT_ACTIVE: u32 = 1062;
/// ERROR_INSTALL_SERVICE_FAILURE: whether an installation is under way cannot be told.
pub const SERVICE_FAILURE: u32 = 1601;
/// ERROR_INSTALL_USEREXIT: cancelled.
pub const USER_EXIT: u32 = 1602;
/// ERROR_INSTALL_FAILURE.
pub const FAILURE: u32 = 1603;
/// ERROR_INSTALL_SUSPEND.
pub const SUSPEND: u32 = 1604;
/// ERROR_UNKNOWN_PRODUCT.
pub const UNKNOWN_PRODUCT: u32 = 1605;
/// ERROR_INSTALL_SOURCE_ABSENT.
pub const SOURCE_ABSENT: u32 = 1612;
/// ERROR_INSTALL_PACKAGE_VERSION: the package needs a newer Windows Installer.
pub const PACKAGE_VERSION: u32 = 1613;
/// ERROR_INSTALL_ALREADY_RUNNING.
pub const ALREADY_RUNNING: u32 = 1618;
/// ERROR_INSTALL_PACKAGE_OPEN_FAILED.
pub const PACKAGE_OPEN_FAILED: u32 = 1619;
/// ERROR_INSTALL_PACKAGE_INVALID.
pub const PACKAGE_INVALID: u32 = 1620;
/// ERROR_ROLLBACK_DISABLED: several packages are installed together only where they can be undone.
pub const ROLLBACK_DISABLED: u32 = 1653;
/// ERROR_INSTALL_LOG_FAILURE.
pub const LOG_FAILURE: u32 = 1622;
/// ERROR_INSTALL_LANGUAGE_UNSUPPORTED.
pub const LANGUAGE_UNSUPPORTED: u32 = 1623;
/// ERROR_INSTALL_TRANSFORM_FAILURE.
pub const TRANSFORM_FAILURE: u32 = 1624;
/// A function failed while it ran.
pub const FUNCTION_FAILED: u32 = 1627;
/// ERROR_INSTALL_PLATFORM_UNSUPPORTED.
pub const PLATFORM_UNSUPPORTED: u32 = 1633;
/// ERROR_CREATE_FAILED: the service did not start.
pub const CREATE_FAILED: u32 = 1631;
/// ERROR_INVALID_COMMAND_LINE.
pub const COMMAND_LINE: u32 = 1639;
/// ERROR_SUCCESS_REBOOT_INITIATED.
pub const REBOOT_INITIATED: u32 = 1641;
/// A patch needs what is not supported.
pub const PATCH_UNSUPPORTED: u32 = 1637;
/// None of a patch's targets is there.
pub const PATCH_TARGET_NOT_FOUND: u32 = 1642;
/// There is no order for a set of patches.
pub const PATCH_NO_SEQUENCE: u32 = 1648;
/// ERROR_SUCCESS_REBOOT_REQUIRED.
pub const REBOOT_REQUIRED: u32 = 3010;

static SYMBOLS: &[(u32, &str)] = &[
    (0, "ERROR_SUCCESS"),
    (2, "ERROR_FILE_NOT_FOUND"),
    (5, "ERROR_ACCESS_DENIED"),
    (13, "ERROR_INVALID_DATA"),
    (87, "ERROR_INVALID_PARAMETER"),
    (120, "ERROR_CALL_NOT_IMPLEMENTED"),
    (1052, "ERROR_INVALID_SERVICE_CONTROL"),
    (1056, "ERROR_SERVICE_ALREADY_RUNNING"),
    (1061, "ERROR_SERVICE_CANNOT_ACCEPT_CTRL"),
    (1062, "ERROR_SERVICE_NOT_ACTIVE"),
    (1247, "ERROR_ALREADY_INITIALIZED"),
    (1259, "ERROR_APPHELP_BLOCK"),
    (1601, "ERROR_INSTALL_SERVICE_FAILURE"),
    (1602, "ERROR_INSTALL_USEREXIT"),
    (1603, "ERROR_INSTALL_FAILURE"),
    (1604, "ERROR_INSTALL_SUSPEND"),
    (1605, "ERROR_UNKNOWN_PRODUCT"),
    (1606, "ERROR_UNKNOWN_FEATURE"),
    (1607, "ERROR_UNKNOWN_COMPONENT"),
    (1608, "ERROR_UNKNOWN_PROPERTY"),
    (1609, "ERROR_INVALID_HANDLE_STATE"),
    (1610, "ERROR_BAD_CONFIGURATION"),
    (1611, "ERROR_INDEX_ABSENT"),
    (1612, "ERROR_INSTALL_SOURCE_ABSENT"),
    (1613, "ERROR_INSTALL_PACKAGE_VERSION"),
    (1614, "ERROR_PRODUCT_UNINSTALLED"),
    (1615, "ERROR_BAD_QUERY_SYNTAX"),
    (1616, "ERROR_INVALID_FIELD"),
    (1618, "ERROR_INSTALL_ALREADY_RUNNING"),
    (1619, "ERROR_INSTALL_PACKAGE_OPEN_FAILED"),
    (1620, "ERROR_INSTALL_PACKAGE_INVALID"),
    (1621, "ERROR_INSTALL_UI_FAILURE"),
    (1622, "ERROR_INSTALL_LOG_FAILURE"),
    (1623, "ERROR_INSTALL_LANGUAGE_UNSUPPORTED"),
    (1624, "ERROR_INSTALL_TRANSFORM_FAILURE"),
    (1625, "ERROR_INSTALL_PACKAGE_REJECTED"),
    (1626, "ERROR_FUNCTION_NOT_CALLED"),
    (1627, "ERROR_FUNCTION_FAILED"),
    (1628, "ERROR_INVALID_TABLE"),
    (1629, "ERROR_DATATYPE_MISMATCH"),
    (1630, "ERROR_UNSUPPORTED_TYPE"),
    (1631, "ERROR_CREATE_FAILED"),
    (1632, "ERROR_INSTALL_TEMP_UNWRITABLE"),
    (1633, "ERROR_INSTALL_PLATFORM_UNSUPPORTED"),
    (1634, "ERROR_INSTALL_NOTUSED"),
    (1635, "ERROR_PATCH_PACKAGE_OPEN_FAILED"),
    (1636, "ERROR_PATCH_PACKAGE_INVALID"),
    (1637, "ERROR_PATCH_PACKAGE_UNSUPPORTED"),
    (1638, "ERROR_PRODUCT_VERSION"),
    (1639, "ERROR_INVALID_COMMAND_LINE"),
    (1640, "ERROR_INSTALL_REMOTE_DISALLOWED"),
    (1641, "ERROR_SUCCESS_REBOOT_INITIATED"),
    (1642, "ERROR_PATCH_TARGET_NOT_FOUND"),
    (1643, "ERROR_PATCH_PACKAGE_REJECTED"),
    (1644, "ERROR_INSTALL_TRANSFORM_REJECTED"),
    (1645, "ERROR_INSTALL_REMOTE_PROHIBITED"),
    (1646, "ERROR_PATCH_REMOVAL_UNSUPPORTED"),
    (1647, "ERROR_UNKNOWN_PATCH"),
    (1648, "ERROR_PATCH_NO_SEQUENCE"),
    (1649, "ERROR_PATCH_REMOVAL_DISALLOWED"),
    (1650, "ERROR_INVALID_PATCH_XML"),
    (1651, "ERROR_PATCH_MANAGED_ADVERTISED_PRODUCT"),
    (1652, "ERROR_INSTALL_SERVICE_SAFEBOOT"),
    (1653, "ERROR_ROLLBACK_DISABLED"),
    (1654, "ERROR_INSTALL_REJECTED"),
    (3010, "ERROR_SUCCESS_REBOOT_REQUIRED"),
];

/// Returns a code's symbol, such as `ERROR_INSTALL_ALREADY_RUNNING`; `ERROR_UNKNOWN` where the pages name none.
pub fn symbol(code: u32) -> &'static str {
    match SYMBOLS.binary_search_by_key(&code, |(number, _)| *number) {
        Ok(at) => SYMBOLS[at].1,
        Err(_) => "ERROR_UNKNOWN",
    }
}

/// Is it one of the three codes of success?
pub fn is_success(code: u32) -> bool {
    matches!(code, SUCCESS | REBOOT_INITIATED | REBOOT_REQUIRED)
}

/// Returns the exit status on systems that keep one byte: the code modulo 256; success is 0, and a failure that
/// would fold to 0 is 255.
pub fn exit_status(code: u32) -> u8 {
    match u8::try_from(code % 256) {
        _ if is_success(code) => 0,
        Ok(0) | Err(_) => 255,
        Ok(byte) => byte,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_sorted_and_found() {
        assert!(SYMBOLS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(symbol(1618), "ERROR_INSTALL_ALREADY_RUNNING");
        assert_eq!(symbol(1639), "ERROR_INVALID_COMMAND_LINE");
        assert_eq!(symbol(7), "ERROR_UNKNOWN");
    }

    #[test]
    fn codes_fold_to_a_byte_that_is_never_success_by_accident() {
        for (code, byte) in [
            (0, 0),
            (1641, 0),
            (3010, 0),
            (1618, 82),
            (1602, 66),
            (1603, 67),
            (1605, 69),
            (1639, 103),
            (1536, 255),
        ] {
            assert_eq!(exit_status(code), byte, "{code}");
        }
    }
}
