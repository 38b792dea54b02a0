//! The office as an administrator installs it, by the lines of `docs/operations.md`: the unit under a real systemd, the image of the container file.

use super::history::go_on;
use super::*;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;

const PAGE: &str = include_str!("../../../docs/operations.md");

/// The lines of the page that root types, in their order.
fn of_root() -> impl Iterator<Item = &'static str> {
    let blocks = PAGE.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.flat_map(str::lines).filter_map(|line| line.strip_prefix("# "))
}

/// Those that begin so.
fn lines(begin: &str) -> Vec<&'static str> {
    let found: Vec<_> = of_root().filter(|l| l.starts_with(begin)).collect();
    assert!(!found.is_empty(), "no line of the page begins with {begin}");
    found
}

/// A Debian with systemd, as xtask unpacks it.
fn debian() -> PathBuf {
    std::env::var_os("MINGZHENG_DEBIAN").expect("MINGZHENG_DEBIAN: cargo xtask test --only service").into()
}

/// A clone with the program built, as far as the page names files of it.
fn clone_into(folder: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for file in ["office/systemd/mingzheng.service", "office/Containerfile"] {
        let to = folder.join(file);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(root.join(file), to).unwrap();
    }
    std::fs::create_dir_all(folder.join("target/release")).unwrap();
    std::fs::copy(env!("CARGO_BIN_EXE_mingzheng"), folder.join("target/release/mingzheng")).unwrap();
}

fn succeeded(out: Output, what: &str) -> String {
    assert!(out.status.success(), "{what}\n{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Sets the port in settings that `init` wrote.
fn listen(settings: &Path, port: u16) {
    let text = std::fs::read_to_string(settings).unwrap();
    let other = text.replace("listen = \"127.0.0.1:8787\"", &format!("listen = \"127.0.0.1:{port}\""));
    assert_ne!(other, text);
    std::fs::write(settings, other).unwrap();
}

/// Waits until the office says that it is ready to serve.
fn ready(port: u16) {
    let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(5))).build().into();
    let since = Instant::now();
    while let Err(error) = agent.get(format!("http://127.0.0.1:{port}/readyz")).call() {
        assert!(since.elapsed() < Duration::from_secs(60), "the office does not serve: {error}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

const ENROLL: &str = "enroll --json --name 王小明 --unit 某县卫生监督所 --position 科员 --number 110001 --category 卫生监督 --area 某县 --until 2030-12-31";

/// The invitation as the command wrote it.
fn invitation(said: &str) -> Invitation {
    let json: serde_json::Value = serde_json::from_str(said).unwrap();
    Invitation::parse(json["invitation"].as_str().unwrap()).unwrap()
}

/// Sends three entries and the file that one of them names. Gives where its receipt is, and the receipt.
fn photograph(d: &mut Device) -> (String, Vec<u8>) {
    let clear = vec![7; 3_000_000];
    let sealed = d.seal(&clear);
    d.act(None, &Event::LogOpened { enrolment: "x".into(), software: "test".into() });
    d.act(Some(Id(random())), &captured(&clear, &sealed));
    assert_eq!(go_on(d, 0).status, 201);
    upload(d, &sealed);
    let file = format!("/v1/custody/{}", hex(&sha256(&sealed)));
    let receipt = d.send("GET", &file, &[], vec![]);
    assert_eq!(receipt.status, 200, "{}", receipt.code());
    (file, receipt.body)
}

/// A booted Debian, on this machine's network.
struct Machine {
    root: tempfile::TempDir,
    nspawn: Child,
    /// Its first process, as this machine numbers it.
    first: String,
}

impl Machine {
    fn boot() -> Self {
        let root = tempfile::tempdir().unwrap();
        succeeded(Command::new("cp").arg("-aT").arg(debian()).arg(root.path()).output().unwrap(), "cp");
        std::fs::set_permissions(root.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        clone_into(&root.path().join("clone"));
        let log = std::fs::File::create(root.path().join("nspawn.log")).unwrap();
        let mut nspawn = Command::new("systemd-nspawn");
        nspawn.args(["--boot", "--register=no", "--keep-unit", "--console=pipe"]).arg("--directory").arg(root.path());
        let nspawn = nspawn.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        let mut machine = Self { first: String::new(), nspawn, root };
        let since = Instant::now();
        loop {
            let log = || std::fs::read_to_string(machine.root.path().join("nspawn.log")).unwrap_or_default();
            assert!(since.elapsed() < Duration::from_secs(60), "it does not boot: {}", log());
            std::thread::sleep(Duration::from_millis(200));
            let nspawn = machine.nspawn.id();
            let children = std::fs::read_to_string(format!("/proc/{nspawn}/task/{nspawn}/children")).unwrap_or_default();
            machine.first = children.trim().to_owned();
            if !machine.first.is_empty() {
                let state = machine.shell("systemctl is-system-running").output().unwrap();
                if matches!(String::from_utf8_lossy(&state.stdout).trim(), "running" | "degraded") {
                    return machine;
                }
            }
        }
    }

    /// A line as root types it in the clone.
    fn shell(&self, line: &str) -> Command {
        let mut command = Command::new("nsenter");
        let path = "PATH=/clone/target/release:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        command.args(["--target", &self.first, "--all", "env", "-i", path, "LANG=C.UTF-8", "sh", "-ec"]);
        command.arg(format!("cd /clone; {line}"));
        command
    }

    fn run(&self, line: &str) -> String {
        succeeded(self.shell(line).output().unwrap(), line)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // The first process takes all others of its namespace with it.
        let _ = Command::new("kill").args(["-9", &self.first]).status();
        let _ = self.nspawn.kill();
        let _ = self.nspawn.wait();
    }
}

/// A phone converses with the office that the unit runs; a kill loses nothing of it; the journal has objects and no secret; the sandbox is in effect.
#[test]
#[ignore = "systemd: cargo xtask test --only service"]
fn f21_the_service_of_the_page_serves_and_comes_back_after_a_kill() {
    let machine = Machine::boot();
    let init = PAGE.lines().find_map(|l| l.strip_prefix("$ ").filter(|l| l.starts_with("mingzheng init"))).unwrap();
    machine.run(init);
    let port = free_port();
    listen(&machine.root.path().join("clone/organ/mingzheng.toml"), port);
    let mut ran = 0;
    for line in of_root().take_while(|l| !l.starts_with("runuser")) {
        machine.run(line);
        ran += 1;
    }
    ready(port);
    let [link, check] = lines("runuser")[..] else { panic!("link and check") };
    assert!(machine.run(link).starts_with(&format!("http://127.0.0.1:{port}/console/open?link=")));
    let beside = link.strip_suffix(" link").unwrap();
    let mut d = Device::enrolled(&invitation(&machine.run(&format!("{beside} {ENROLL}"))));
    let (file, receipt) = photograph(&mut d);

    // What the unit promises of the process.
    let number = machine.run("systemctl show mingzheng --property MainPID --value");
    let status = machine.run(&format!("cat /proc/{}/status", number.trim()));
    for said in ["NoNewPrivs:\t1", "Seccomp:\t2", "CapEff:\t0000000000000400", "CapBnd:\t0000000000000400"] {
        assert!(status.contains(said), "{said} in {status}");
    }
    assert_eq!(machine.run("stat -c '%a %U' /var/lib/mingzheng").trim(), "700 mingzheng");
    assert_eq!(machine.run("find /var/lib/mingzheng ! -user mingzheng").trim(), "");

    machine.run("systemctl kill --signal=KILL mingzheng");
    let other = || machine.run("systemctl show mingzheng --property MainPID --value") != number;
    let since = Instant::now();
    while !other() || machine.run("systemctl show mingzheng --property MainPID --value").trim() == "0" {
        assert!(since.elapsed() < Duration::from_secs(30), "it does not come back");
        std::thread::sleep(Duration::from_millis(200));
    }
    ready(port);
    assert_eq!(go_on(&mut d, 3).status, 201);
    assert_eq!(d.send("GET", &file, &[], vec![]).body, receipt, "the same receipt");

    let [restart] = lines("systemctl restart")[..] else { panic!("one restart") };
    machine.run(restart);
    ready(port);
    machine.run(check);
    let [journal] = lines("journalctl")[..] else { panic!("one journal") };
    let journal = machine.run(journal);
    assert!(journal.lines().filter(|l| l.contains("the office serves")).count() == 3, "{journal}");
    for line in journal.lines() {
        let object: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert!(object["at"].is_string() && !line.contains("link="), "{line}");
    }
    machine.run("systemctl stop mingzheng");
    let result = machine.run("systemctl show mingzheng --property Result,ActiveState --value");
    assert_eq!(result.split_whitespace().collect::<Vec<_>>(), ["success", "inactive"]);
    println!("ran {} lines of docs/operations.md under systemd: served, killed, restarted, stopped", ran + 4);
}

/// A server in a container, with whatever started it.
struct Server(Child);

impl Server {
    fn signal(&self, which: &str) {
        let _ = Command::new("kill").args([which, "--", &format!("-{}", self.0.id())]).output();
    }
}
impl Drop for Server {
    fn drop(&mut self) {
        if self.0.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.signal("-KILL");
            let _ = self.0.wait();
        }
    }
}

/// What an engine keeps, of this test alone.
struct Images {
    place: tempfile::TempDir,
}

impl Images {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let here = place.path().display();
        let storage = format!("[storage]\ndriver = \"vfs\"\nrunroot = \"{here}/run\"\ngraphroot = \"{here}/images\"\n");
        std::fs::write(place.path().join("storage.conf"), storage).unwrap();
        clone_into(&place.path().join("clone"));
        Self { place }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.place.path().join("clone")).env("BUILDAH_ISOLATION", "chroot");
        command.env("CONTAINERS_STORAGE_CONF", self.place.path().join("storage.conf"));
        command
    }

    fn buildah(&self, words: &[&str]) -> String {
        succeeded(self.command("buildah").args(words).output().unwrap(), &words.join(" ")).trim().to_owned()
    }
}

/// The image is built by the line of the page, on a Debian from Debian's own archive under the name that the file begins with; what it starts serves
/// phones, as the user and from the volume that the page names.
#[test]
#[ignore = "buildah: cargo xtask test --only service"]
fn the_image_of_the_page_is_built_and_serves() {
    let images = Images::new();
    let file = include_str!("../../Containerfile");
    let base = file.lines().find_map(|l| l.strip_prefix("FROM ")).unwrap();
    let scratch = images.buildah(&["from", "scratch"]);
    images.buildah(&["add", "--quiet", &scratch, debian().to_str().unwrap(), "/"]);
    images.buildah(&["commit", "--quiet", "--rm", &scratch, base]);
    let [build] = lines("buildah build")[..] else { panic!("one build") };
    succeeded(images.command("sh").args(["-ec", build]).output().unwrap(), build);

    let container = images.buildah(&["from", "--pull-never", "mingzheng"]);
    let volume = images.place.path().join("volume");
    std::fs::create_dir(&volume).unwrap();
    std::os::unix::fs::chown(&volume, Some(10001), None).unwrap();
    std::fs::set_permissions(images.place.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let entry = images.buildah(&[
        "inspect",
        "--format",
        "{{range .OCIv1.Config.Entrypoint}}{{.}}{{end}}|{{range .OCIv1.Config.Cmd}}{{.}}{{end}}",
        &container,
    ]);
    let (program, serve) = entry.split_once('|').unwrap();
    let begins = images.buildah(&["run", &container, "--", "ls", "-A", "/var/lib/mingzheng"]);
    assert_eq!(begins, "", "a new volume begins with what is in the image, and init wants an empty folder");
    let mount = format!("{}:/var/lib/mingzheng", volume.display());
    let started = |words: &str| {
        let mut command = images.command("buildah");
        command.args(["run", "--volume", &mount, &container, "--", program]).args(words.split(' '));
        command
    };
    let run = |words: &str| succeeded(started(words).output().unwrap(), words);
    let init = PAGE
        .lines()
        .find_map(|l| l.split_once(" mingzheng init ").filter(|(begin, _)| begin.starts_with("podman run")))
        .unwrap()
        .1;
    run(&format!("init {init}"));
    let port = free_port();
    listen(&volume.join("mingzheng.toml"), port);
    let log = std::fs::File::create(images.place.path().join("server.log")).unwrap();
    let mut server = Server(started(serve).process_group(0).stdout(Stdio::null()).stderr(log).spawn().unwrap());
    ready(port);
    photograph(&mut Device::enrolled(&invitation(&run(ENROLL))));
    run("check");
    for entry in std::fs::read_dir(&volume).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(std::os::unix::fs::MetadataExt::uid(&entry.metadata().unwrap()), 10001, "{:?}", entry.path());
    }
    server.signal("-TERM");
    let since = Instant::now();
    while TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).is_ok() {
        assert!(since.elapsed() < Duration::from_secs(15), "it does not stop");
        std::thread::sleep(Duration::from_millis(100));
    }
    server.0.wait().unwrap();
    println!("built the image by docs/operations.md: a phone enrolled and sent");
}
