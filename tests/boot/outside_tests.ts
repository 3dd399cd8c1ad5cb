// What a person's program has and may do, in a domain and outside of it, in the same session: the helper's confinement
// is the helper's. What differs is written here, and in docs/confinement.md.

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { type BootLab, WORK_THERE } from "./boot_lab.ts";
import { OFFICE } from "./router.ts";

/** Numbers of system calls that no program of every Debian makes for us: x86_64 and aarch64. */
const CALLS = {
  adjtimex: [159, 171],
  "ptrace(TRACEME)": [101, 117],
  "add_key to the session keyring": [248, 217],
} as const;
const [ADJTIMEX, PTRACE, ADD_KEY] = Object.values(CALLS).map(([x86, arm]) =>
  Deno.build.arch === "x86_64" ? x86 : arm
);

/** Prints "what: ok", "what: ENAME", "what: status N"; perl is in every Debian. */
const PROBE = `use Errno; use Socket; $| = 1;
my %name; for (keys %!) { my $number = Errno->can($_); $name{$number->()} //= $_ if $number }
sub report { print "$_[0]: ", $_[1] ? "ok" : $name{$!+0} // "errno " . ($!+0), "\\n" }
sub program { my $what = "@_"; system "{ $what; } > /dev/null 2>&1"; print "$what: ", $? ? "status " . ($? >> 8) : "ok", "\\n" }
for my $path (sort grep { -c } glob("/dev/* /dev/*/*")) {
  next if $path =~ m{^/dev/(pts|fd|char)/};
  for my $mode ("<", "+<") { report("$path $mode", open(my $file, $mode, $path)) }
}
print "/dev: ", join(" ", (stat "/dev")[0, 1]), "\\n";
my $buffer = "\\0" x 4096; my ($type, $key, $value) = ("user", "boot-test", "x");
report("adjtimex", syscall(${ADJTIMEX}, $buffer) >= 0);
report("add_key to the session keyring", syscall(${ADD_KEY}, $type, $key, $value, 1, -3) > 0);
unless (fork) { report("ptrace(TRACEME)", syscall(${PTRACE}, 0, 0, 0, 0) == 0); exit } wait;
for ([1, 1, "AF_UNIX"], [2, 1, "AF_INET"], [10, 1, "AF_INET6"], [16, 3, "AF_NETLINK"]) {
  report("socket $_->[2]", socket(my $socket, $_->[0], $_->[1], 0));
}
my $folder = "/tmp/boot-outside-$$"; mkdir $folder; open(my $file, ">", "$folder/file");
report("set-group-ID on a folder", chmod(02755, $folder) && (stat $folder)[2] & 02000);
report("set-user-ID on a file", chmod(04755, "$folder/file") && (stat "$folder/file")[2] & 04000);
report("chown to one's own group", chown(-1, $( + 0, "$folder/file"));
system "rm", "-r", $folder;
program($_) for "setarch -R true", "setarch linux32 true", "nice -n 5 true", "ionice -c 3 true", "chrt --idle 0 true",
  "unshare -Ur true", "unshare -Urn ip link set lo up", "unshare -Urpf --mount-proc true",
  "unshare -Urm mount -t tmpfs none /mnt", "unshare -Uru sh -c 'hostname bubble && test \\$(hostname) = bubble'",
  "unshare -UrC true", "unshare -Uri true", "dmesg", "prlimit --nofile=512 true";
`;

/** What a program in a domain is refused, and has outside. */
const REFUSED = ["adjtimex: EPERM"];

export function outsideTests(lab: BootLab): void {
  const { machine } = lab;
  const probe = `perl ${WORK_THERE}/probe.pl`;

  lab.test("a program in a domain opens the machine's devices and does what it may outside, but for adjtimex(2)", async () => {
    Deno.writeTextFileSync(`${lab.start.work}/probe.pl`, PROBE);
    const lines = async (command: string) => {
      const { status, text } = await machine.console.run(command);
      strictEqual(status, 0, text);
      return text.trim().split("\n");
    };
    const outside = await lines(probe);
    // Else there would be nothing to refuse.
    for (
      const what of [
        "/dev/fuse +<",
        "/dev/null <",
        "adjtimex",
        "unshare -Ur true",
        "set-group-ID on a folder",
      ]
    ) {
      strictEqual(outside.find((line) => line.startsWith(`${what}: `)), `${what}: ok`);
    }
    const inside = await lines(`pvd run ${OFFICE} ${probe}`);
    deepStrictEqual(inside.filter((line) => !outside.includes(line)), REFUSED);
    deepStrictEqual(inside.map(nameOf), outside.map(nameOf));
  });

  lab.test("the helper itself has none of the machine's devices, as whoever joins its cgroup sees", async () => {
    const join = "echo 0 > /sys/fs/cgroup$(systemctl show -P ControlGroup pvd-helper)/cgroup.procs";
    const { status, stderr } = await machine.sh(`${join} && cat < /dev/null && exec 3<> /dev/fuse`);
    strictEqual(status, 1);
    strictEqual(stderr.trim().split(": ").at(-1), "Operation not permitted");
    const pid = (await machine.check("systemctl show -P MainPID pvd-helper")).trim();
    strictEqual((await machine.sh(`nsenter --target ${pid} --mount test -e /dev/fuse`)).status, 1);
    strictEqual((await machine.sh("exec 3<> /dev/fuse")).status, 0);
  });
}

function nameOf(line: string): string {
  return line.slice(0, line.lastIndexOf(": "));
}
