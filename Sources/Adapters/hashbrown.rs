//! Rust's hashbrown (RawTable of entries) as an index: the Swiss table of Rust's own HashMap.
//!
//! On a stable compiler the library takes an allocator of the whole program only: that of this
//! object asks the host of the table that the thread is working on.

use hashbrown::raw::RawTable;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::hash_map::DefaultHasher;
use std::ffi::CStr;
use std::hash::Hasher;
use std::os::raw::{c_char, c_int, c_void};
use std::{ptr, slice};

// hashmark_table.h

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Bytes {
    bytes: *const u8,
    length: usize,
}

type Visit = extern "C" fn(*mut c_void, u64, Bytes, Bytes);

#[repr(C)]
pub struct Host {
    context: *mut c_void,
    allocate: extern "C" fn(*mut c_void, usize, usize) -> *mut u8,
    release: extern "C" fn(*mut c_void, *mut u8, usize, usize),
    key: extern "C" fn(*mut c_void, u64) -> Bytes,
    hash: extern "C" fn(*mut c_void, u64) -> u64,
    options: *const c_char,
    refuse: extern "C" fn(*mut c_void, *const c_char),
}

#[repr(C)]
pub struct Optional {
    prefetch: Option<extern "C" fn(*mut Table, u64)>,
    resize_step: Option<extern "C" fn(*mut Table) -> c_int>,
    random: Option<extern "C" fn(*mut Table, u64, Visit, *mut c_void)>,
    scan: Option<extern "C" fn(*mut Table, u64, Visit, *mut c_void) -> u64>,
    capacity: Option<extern "C" fn(*const Table) -> u64>,
    probe_lengths: Option<extern "C" fn(*const Table, *mut u64, usize)>,
    foreign_bytes: Option<extern "C" fn(*const Table) -> u64>,
    violation: Option<extern "C" fn(*const Table) -> *const c_char>,
}

#[repr(C)]
pub struct Index {
    create: unsafe extern "C" fn(*const Host) -> *mut Table,
    destroy: unsafe extern "C" fn(*mut Table),
    count: unsafe extern "C" fn(*const Table) -> u64,
    find: unsafe extern "C" fn(*mut Table, u64, *const u8, usize) -> *mut u64,
    insert: unsafe extern "C" fn(*mut Table, u64, u64),
    erase: unsafe extern "C" fn(*mut Table, u64, *mut u64),
    each: unsafe extern "C" fn(*mut Table, extern "C" fn(*mut c_void, u64), *mut c_void),
    find_many: Option<extern "C" fn(*mut Table, *const c_void, usize, *mut *mut u64)>,
    more: Optional,
}

#[repr(C)]
pub struct Descriptor {
    version: u32,
    threads: u32,
    name: *const u8,
    title: *const u8,
    index: *const Index,
    store: *const c_void,
}

unsafe impl Sync for Descriptor {}

// Memory

thread_local! {
    static HOST: Cell<*const Host> = const { Cell::new(ptr::null()) };
}

struct HostMemory;

#[global_allocator]
static MEMORY: HostMemory = HostMemory;

unsafe impl GlobalAlloc for HostMemory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match HOST.with(|host| host.get()).as_ref() {
            Some(host) => (host.allocate)(host.context, layout.size(), layout.align()),
            None => System.alloc(layout),
        }
    }
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        match HOST.with(|host| host.get()).as_ref() {
            Some(host) => (host.release)(host.context, memory, layout.size(), layout.align()),
            None => System.dealloc(memory, layout),
        }
    }
}

fn with_memory_of<T>(host: *const Host, work: impl FnOnce() -> T) -> T {
    HOST.with(|current| current.set(host));
    let result = work();
    HOST.with(|current| current.set(ptr::null()));
    result
}

// The index

pub struct Table {
    host: &'static Host,
    is_hashed_by_library: bool,
    entries: RawTable<u64>,
}

unsafe fn text<'a>(bytes: *const u8, length: usize) -> &'a [u8] {
    if length == 0 { &[] } else { slice::from_raw_parts(bytes, length) }
}

/// SipHash-1-3, which std's HashMap has; hashbrown's default, aHash, is another library.
fn own_hash(key: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(key);
    hasher.finish()
}

impl Table {
    unsafe fn key(&self, entry: u64) -> &[u8] {
        let key = (self.host.key)(self.host.context, entry);
        text(key.bytes, key.length)
    }
    unsafe fn hash(&self, entry: u64) -> u64 {
        match self.is_hashed_by_library {
            true => own_hash(self.key(entry)),
            false => (self.host.hash)(self.host.context, entry),
        }
    }
}

unsafe extern "C" fn create(host: *const Host) -> *mut Table {
    let is_hashed_by_library = match CStr::from_ptr((*host).options).to_bytes() {
        b"" => false,
        b"hash=own" => true,
        _ => {
            let reason = "there is one option, hash=own: the hash function of Rust's HashMap\0";
            ((*host).refuse)((*host).context, reason.as_ptr() as *const c_char);
            return ptr::null_mut();
        }
    };
    let entries = RawTable::new();
    let table = Table { host: &*host, is_hashed_by_library, entries };
    with_memory_of(host, || Box::into_raw(Box::new(table)))
}

unsafe extern "C" fn destroy(table: *mut Table) {
    let host: *const Host = (*table).host;
    with_memory_of(host, || drop(Box::from_raw(table)));
}

unsafe extern "C" fn count(table: *const Table) -> u64 {
    (*table).entries.len() as u64
}

unsafe extern "C" fn find(
    table: *mut Table, hash: u64, key: *const u8, length: usize,
) -> *mut u64 {
    let table = &*table;
    let wanted = text(key, length);
    let hash = if table.is_hashed_by_library { own_hash(wanted) } else { hash };
    match table.entries.find(hash, |entry| table.key(*entry) == wanted) {
        Some(bucket) => bucket.as_ptr(),
        None => ptr::null_mut(),
    }
}

unsafe extern "C" fn insert(table: *mut Table, hash: u64, entry: u64) {
    let own = (*table).is_hashed_by_library;
    let hash = if own { own_hash((*table).key(entry)) } else { hash };
    with_memory_of((*table).host, || {
        (*table).entries.insert(hash, entry, |other| (*table).hash(*other));
    });
}

/// Buckets lie downward from the end of the data.
#[allow(unused_unsafe)] // in some releases
unsafe extern "C" fn erase(table: *mut Table, _hash: u64, place: *mut u64) {
    let entries = &mut (*table).entries;
    let end = unsafe { entries.data_end() }.as_ptr();
    entries.erase(entries.bucket(end.offset_from(place) as usize - 1));
}

unsafe extern "C" fn each(
    table: *mut Table, visit: extern "C" fn(*mut c_void, u64), to: *mut c_void,
) {
    for bucket in (*table).entries.iter() {
        visit(to, *bucket.as_ref());
    }
}

extern "C" fn capacity(table: *const Table) -> u64 {
    unsafe { (*table).entries.capacity() as u64 }
}

static INDEX: Index = Index {
    create,
    destroy,
    count,
    find,
    insert,
    erase,
    each,
    find_many: None,
    more: Optional {
        prefetch: None,
        resize_step: None,
        random: None,
        scan: None,
        capacity: Some(capacity),
        probe_lengths: None,
        foreign_bytes: None,
        violation: None,
    },
};

#[no_mangle]
#[allow(non_upper_case_globals)] // the header's name
pub static hashmark_table: Descriptor = Descriptor {
    version: 1,
    threads: 1, // HASHMARK_READERS
    name: "hashbrown\0".as_ptr(),
    title: concat!("hashbrown ", env!("LIBRARY_VERSION"), ": Swiss table, groups of 16\0").as_ptr(),
    index: &INDEX,
    store: ptr::null(),
};
