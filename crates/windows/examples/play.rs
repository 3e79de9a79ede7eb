//! Plays the others for the tests under Windows: whoever holds `Global\_MSIExecute`, those that try to take it, and a
//! program that answers as msiexec does. It is no part of msikit, which never takes that mutex.
#![allow(
    unsafe_code,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program for tests"
)]

#[cfg(windows)]
fn main() {
    std::process::exit(windows_only::main() as i32);
}

#[cfg(not(windows))]
fn main() {}

#[cfg(windows)]
mod windows_only {
    use std::io::{BufRead, Write};
    use std::time::{Duration, Instant};

    use windows_sys::Win32::Foundation::{GetLastError, HANDLE, LocalFree};
    use windows_sys::Win32::Security::Authorization::{
        ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1,
    };
    use windows_sys::Win32::Security::SECURITY_ATTRIBUTES;
    use windows_sys::Win32::System::Console::{
        AllocConsole, CTRL_C_EVENT, FreeConsole, GenerateConsoleCtrlEvent, SetConsoleCtrlHandler,
    };
    use windows_sys::Win32::System::Threading::{CreateMutexW, ReleaseMutex, WaitForSingleObject};

    const USAGE: &str = "play hold | deny | abandon | idle | try MS COUNT | answer FILE CODE… | mark FILE TEXT MS | prompt | interrupt COUNT FILE PROGRAM WORD… | probe COUNT | queued COUNT | code PROGRAM WORD…";

    pub fn main() -> u32 {
        let words: Vec<String> = std::env::args().skip(1).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if own_name().eq_ignore_ascii_case("msiexec") {
            return msiexec();
        }
        match words.as_slice() {
            ["hold"] => hold(std::ptr::null()),
            ["deny"] => deny(),
            ["abandon"] => abandon(),
            ["idle"] => idle(),
            ["try", milliseconds, count] => tries(number(milliseconds), number(count)),
            ["answer", file, codes @ ..] => answer(file, codes),
            ["mark", file, text, milliseconds] => mark(file, text, number(milliseconds)),
            ["prompt"] => prompt(),
            ["interrupt", count, file, program, words @ ..] => {
                interrupt(number(count), file, program, words)
            }
            ["probe", count] => probe(number(count)),
            ["queued", count] => queued(number(count)),
            ["code", program, words @ ..] => code(program, words),
            _ => {
                println!("{USAGE}");
                2
            }
        }
    }

    fn own_name() -> String {
        let program = std::env::current_exe().unwrap();
        program.file_stem().unwrap().to_string_lossy().into_owned()
    }

    /// In the place of msiexec: writes its command line down, and wants a restart.
    fn msiexec() -> u32 {
        append("msiexec.txt", &windows::own_command_line());
        3010
    }

    fn number(text: &str) -> u32 {
        text.parse()
            .unwrap_or_else(|_| panic!("{text} is no number"))
    }

    /// Tells the test, and waits until it closes the input.
    fn told_and_waited(what: &str) {
        println!("{what}");
        let _ = std::io::stdout().flush();
        let _ = std::io::stdin().lock().read_line(&mut String::new());
    }

    fn mutex(attributes: *const SECURITY_ATTRIBUTES, owner: bool) -> HANDLE {
        named("Global\\_MSIExecute\0", attributes, owner)
    }

    /// `name`: ends with a zero.
    fn named(name: &str, attributes: *const SECURITY_ATTRIBUTES, owner: bool) -> HANDLE {
        let name: Vec<u16> = name.encode_utf16().collect();
        // SAFETY: the name ends with a zero.
        let handle = unsafe { CreateMutexW(attributes, i32::from(owner), name.as_ptr()) };
        // SAFETY: no pointers.
        assert!(!handle.is_null(), "error {}", unsafe { GetLastError() });
        handle
    }

    fn take(handle: HANDLE, milliseconds: u32) -> u32 {
        // SAFETY: the handle is open.
        unsafe { WaitForSingleObject(handle, milliseconds) }
    }

    /// Holds the mutex until the input ends, and lets it go in order.
    fn hold(attributes: *const SECURITY_ATTRIBUTES) -> u32 {
        let handle = mutex(attributes, false);
        let taken = take(handle, u32::MAX);
        told_and_waited(if taken == 0 {
            "held"
        } else {
            "held, was abandoned"
        });
        // SAFETY: the handle is open, and the mutex ours.
        let released = unsafe { ReleaseMutex(handle) };
        println!("released {released}");
        0
    }

    /// Holds it with a DACL that lets nobody in.
    fn deny() -> u32 {
        let text: Vec<u16> = "D:(D;;GA;;;WD)\0".encode_utf16().collect();
        let mut descriptor = std::ptr::null_mut();
        // SAFETY: the text ends with a zero.
        let made = unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                text.as_ptr(),
                SDDL_REVISION_1,
                &mut descriptor,
                std::ptr::null_mut(),
            )
        };
        assert_ne!(made, 0);
        let attributes = SECURITY_ATTRIBUTES {
            nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
            lpSecurityDescriptor: descriptor,
            bInheritHandle: 0,
        };
        let code = hold(&attributes);
        // SAFETY: Windows made it, and it is not used again.
        unsafe { LocalFree(descriptor) };
        code
    }

    /// A thread takes the mutex and ends; the process keeps the mutex there.
    fn abandon() -> u32 {
        let handle = mutex(std::ptr::null(), false) as usize;
        let taker = std::thread::spawn(move || take(handle as HANDLE, u32::MAX));
        let _ = taker.join();
        told_and_waited("abandoned");
        0
    }

    /// The mutex is there, and nobody owns it.
    fn idle() -> u32 {
        mutex(std::ptr::null(), false);
        told_and_waited("idle");
        0
    }

    /// Asks for a disk, as far as others can see.
    fn prompt() -> u32 {
        named("__MsiPromptForCD\0", std::ptr::null(), false);
        told_and_waited("prompt");
        0
    }

    /// Tries to take the mutex as installers do, again and again; tells each refusal.
    fn tries(milliseconds: u32, count: u32) -> u32 {
        let handle = mutex(std::ptr::null(), false);
        let mut refused = 0;
        let begun = Instant::now();
        for _ in 0..count {
            if take(handle, milliseconds) == 258 {
                refused += 1;
            } else {
                // SAFETY: the handle is open, and the mutex ours.
                unsafe { ReleaseMutex(handle) };
            }
        }
        println!(
            "refused {refused} of {count} in {} ms",
            begun.elapsed().as_millis()
        );
        refused
    }

    /// Ends with the next of the codes, the last one for ever; how often it was started is the length of FILE.
    fn answer(file: &str, codes: &[&str]) -> u32 {
        let starts = std::fs::metadata(file).map_or(0, |metadata| metadata.len() as usize);
        append(file, "x");
        number(codes[starts.min(codes.len() - 1)])
    }

    /// Writes down that it runs and that it ends.
    fn mark(file: &str, text: &str, milliseconds: u32) -> u32 {
        append(file, &format!("+{text}\n"));
        std::thread::sleep(Duration::from_millis(u64::from(milliseconds)));
        append(file, &format!("-{text}\n"));
        0
    }

    fn append(file: &str, text: &str) {
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.append(true).create(true).open(file).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// Asks so often who holds the mutex, as `msikit status` does.
    fn probe(count: u32) -> u32 {
        let begun = Instant::now();
        let held = (0..count).filter(|_| windows::ask(windows::EXECUTE) == windows::Mutex::Held);
        println!(
            "held {} of {count} in {} ms",
            held.count(),
            begun.elapsed().as_millis()
        );
        0
    }

    /// Waits until so many are in the queue.
    fn queued(count: u32) -> u32 {
        let queue = windows::Queue::of_computer();
        while queue.queued().len() != count as usize {
            std::thread::sleep(Duration::from_millis(20));
        }
        0
    }

    /// Runs a program and tells its whole code, which Wine hands to Linux as a byte.
    fn code(program: &str, words: &[&str]) -> u32 {
        let status = std::process::Command::new(program).args(words).status();
        let code = status.unwrap().code().unwrap() as u32;
        println!("code {code}");
        0
    }

    /// Runs a program in a console of its own, interrupts it once so many are in the queue, and writes its whole code
    /// down: what is printed goes to that console.
    fn interrupt(count: u32, file: &str, program: &str, words: &[&str]) -> u32 {
        // SAFETY: no pointers; the handler is a function of this program.
        unsafe {
            FreeConsole();
            assert_ne!(AllocConsole(), 0, "error {}", GetLastError());
            SetConsoleCtrlHandler(Some(stays), 1);
        }
        let mut child = std::process::Command::new(program)
            .args(words)
            .spawn()
            .unwrap();
        queued(count);
        // Ctrl-C goes to all of this console; Wine 8 does not send Ctrl-Break.
        // SAFETY: no pointers.
        let sent = unsafe { GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0) };
        let code = child.wait().unwrap().code().unwrap() as u32;
        append(file, &format!("sent {sent}, code {code}"));
        0
    }

    /// What interrupts others ends nothing here.
    unsafe extern "system" fn stays(_: u32) -> i32 {
        1
    }
}
