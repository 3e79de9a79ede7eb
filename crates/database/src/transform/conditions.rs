//! What a transform's character count says: conditions that are no errors, and what is compared before it is
//! applied.
//!
//! Follows: Microsoft, "Database.ApplyTransform method", "Database.CreateTransformSummaryInfo method".

/// Conditions that are no errors while a transform is applied: bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErrorConditions(pub u16);

impl ErrorConditions {
    /// Nothing is suppressed.
    pub const NONE: ErrorConditions = ErrorConditions(0);
    /// A row is added that is there: it gets the new cells.
    pub const ADD_EXISTING_ROW: ErrorConditions = ErrorConditions(0x1);
    /// A row is deleted that is not there.
    pub const DELETE_MISSING_ROW: ErrorConditions = ErrorConditions(0x2);
    /// A table is added that is there with the same columns.
    pub const ADD_EXISTING_TABLE: ErrorConditions = ErrorConditions(0x4);
    /// A table is dropped that is not there.
    pub const DELETE_MISSING_TABLE: ErrorConditions = ErrorConditions(0x8);
    /// A row is updated that is not there: nothing happens.
    pub const UPDATE_MISSING_ROW: ErrorConditions = ErrorConditions(0x10);
    /// The code pages differ and neither is neutral: the package takes the transform's.
    pub const CHANGE_CODE_PAGE: ErrorConditions = ErrorConditions(0x20);
    /// Every condition above.
    pub const ALL: ErrorConditions = ErrorConditions(0x3F);
    /// The package is not changed; the changes are listed in the table `_TransformView`.
    pub const VIEW: ErrorConditions = ErrorConditions(0x100);

    /// Are all of these set?
    pub fn contains(self, conditions: ErrorConditions) -> bool {
        self.0 & conditions.0 == conditions.0
    }
}

impl std::ops::BitOr for ErrorConditions {
    type Output = ErrorConditions;

    fn bitor(self, other: ErrorConditions) -> ErrorConditions {
        ErrorConditions(self.0 | other.0)
    }
}

/// What is compared between package and transform before it is applied: bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Validation(pub u16);

impl Validation {
    /// The package's language is the transform's.
    pub const LANGUAGE: Validation = Validation(0x1);
    /// The package's product code is that of the transform's original.
    pub const PRODUCT: Validation = Validation(0x2);
    /// Of the versions, the first field is compared.
    pub const MAJOR_VERSION: Validation = Validation(0x8);
    /// Of the versions, two fields are compared.
    pub const MINOR_VERSION: Validation = Validation(0x10);
    /// Of the versions, three fields are compared.
    pub const UPDATE_VERSION: Validation = Validation(0x20);
    /// The package's version is lower than that of the transform's original.
    pub const LESS: Validation = Validation(0x40);
    /// The package's version is lower or equal.
    pub const LESS_OR_EQUAL: Validation = Validation(0x80);
    /// The versions are equal.
    pub const EQUAL: Validation = Validation(0x100);
    /// The package's version is higher or equal.
    pub const GREATER_OR_EQUAL: Validation = Validation(0x200);
    /// The package's version is higher.
    pub const GREATER: Validation = Validation(0x400);
    /// The package's upgrade code is the transform's.
    pub const UPGRADE_CODE: Validation = Validation(0x800);

    /// Are all of these set?
    pub fn contains(self, flags: Validation) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// How many fields of the versions are compared: 0 to 3.
    pub(super) fn version_fields(self) -> usize {
        [
            (Validation::UPDATE_VERSION, 3),
            (Validation::MINOR_VERSION, 2),
            (Validation::MAJOR_VERSION, 1),
        ]
        .into_iter()
        .find(|&(flag, _)| self.contains(flag))
        .map_or(0, |(_, fields)| fields)
    }
}

impl std::ops::BitOr for Validation {
    type Output = Validation;

    fn bitor(self, other: Validation) -> Validation {
        Validation(self.0 | other.0)
    }
}
