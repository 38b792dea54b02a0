//! Records and enumerations that mirror a type of the core, field by field.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

/// From a value of the core to the façade's, or back.
pub(crate) trait Cross<T> {
    fn cross(self) -> T;
}
impl<A: Cross<B>, B> Cross<Vec<B>> for Vec<A> {
    fn cross(self) -> Vec<B> {
        self.into_iter().map(Cross::cross).collect()
    }
}
impl<A: Cross<B>, B> Cross<Option<B>> for Option<A> {
    fn cross(self) -> Option<B> {
        self.map(Cross::cross)
    }
}
impl Cross<String> for PathBuf {
    fn cross(self) -> String {
        self.to_string_lossy().into_owned()
    }
}
impl Cross<HashMap<String, String>> for Vec<(String, String)> {
    fn cross(self) -> HashMap<String, String> {
        self.into_iter().collect()
    }
}
impl<T> Cross<HashMap<String, T>> for BTreeMap<String, T> {
    fn cross(self) -> HashMap<String, T> {
        self.into_iter().collect()
    }
}
macro_rules! the_same {
    ($($type:ty),*) => { $(impl Cross<$type> for $type { fn cross(self) -> $type { self } })* };
}
the_same!((), String, bool, u8, u16, u32, u64, i16, i32, i64);

/// `record!(out Name = core::Type { … })` makes a record and the way from the core; `in` the way to the core; `both` both.
macro_rules! record {
    (out $(#[$meta:meta])* $name:ident = $core:path { $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)? }) => {
        record!(@type $(#[$meta])* $name { $($(#[$field_meta])* $field: $type),* });
        record!(@out $name = $core { $($field),* });
    };
    (in $(#[$meta:meta])* $name:ident = $core:path { $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)? }) => {
        record!(@type $(#[$meta])* $name { $($(#[$field_meta])* $field: $type),* });
        record!(@in $name = $core { $($field),* });
    };
    (both $(#[$meta:meta])* $name:ident = $core:path { $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)? }) => {
        record!(@type $(#[$meta])* $name { $($(#[$field_meta])* $field: $type),* });
        record!(@out $name = $core { $($field),* });
        record!(@in $name = $core { $($field),* });
    };
    (@type $(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty),* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
        pub struct $name { $($(#[$field_meta])* pub $field: $type),* }
    };
    (@out $name:ident = $core:path { $($field:ident),* }) => {
        impl $crate::mirror::Cross<$name> for $core {
            fn cross(self) -> $name { $name { $($field: $crate::mirror::Cross::cross(self.$field)),* } }
        }
    };
    (@in $name:ident = $core:path { $($field:ident),* }) => {
        impl $crate::mirror::Cross<$core> for $name {
            fn cross(self) -> $core { $core { $($field: $crate::mirror::Cross::cross(self.$field)),* } }
        }
    };
}

/// An enumeration without data, both ways.
macro_rules! choice {
    ($(#[$meta:meta])* $name:ident = $core:path { $($(#[$variant_meta:meta])* $variant:ident),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
        pub enum $name { $($(#[$variant_meta])* $variant),* }
        impl $crate::mirror::Cross<$name> for $core {
            fn cross(self) -> $name { match self { $(<$core>::$variant => $name::$variant),* } }
        }
        impl $crate::mirror::Cross<$core> for $name {
            fn cross(self) -> $core { match self { $($name::$variant => <$core>::$variant),* } }
        }
    };
}
pub(crate) use {choice, record};
