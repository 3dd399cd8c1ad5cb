// A person who starts more and more in a domain: the person's own limit ends it, others are served meanwhile, and all is
// well when it is over.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { MAX_PROGRAMS_PER_UID } from "../../lib/protocol.ts";
import { until } from "../lab/lab.ts";
import { type BootLab, WORK_THERE } from "./boot_lab.ts";
import { OFFICE } from "./router.ts";

/** Processes of alice's in that session (RLIMIT_NPROC); and more than she tries. */
const LIMIT = 200, BOUND = 400;
/** So many `pvd run` at a time. */
const AT_ONCE = 4;
const LONGEST_MS = 120_000;

/** Starts processes that do nothing until it may not; they end with it. Perl is in every Debian. */
const FORKS = `use Errno; my @children; my $why = "bound";
while (@children < ${BOUND}) {
  my $pid = fork;
  unless (defined $pid) { $why = $!{EAGAIN} ? "EAGAIN" : "$!"; last }
  unless ($pid) { sleep 600; exit }
  push @children, $pid;
}
open(my $told, ">", "forks.new") or die; print $told scalar(@children), " $why\\n"; close $told;
rename "forks.new", "forks"; $SIG{TERM} = sub { kill "KILL", @children; exit 3 }; sleep 600;
`;

export function limitTests(lab: BootLab): void {
  const { machine } = lab;

  lab.test("10: a person who starts processes without end in a domain hits the person's own limit; another is served meanwhile", async () => {
    Deno.writeTextFileSync(`${lab.start.work}/forks.pl`, FORKS);
    const start = `ulimit -u ${LIMIT}; exec pvd run ${OFFICE} perl ${WORK_THERE}/forks.pl`;
    await machine.console.run(`bash -c '${start}' & forks=$!`);
    await until(
      "no more are started",
      async () => (await machine.sh("test -e /home/alice/forks")).status === 0,
    );
    const [count, why] = (await machine.check("cat /home/alice/forks")).trim().split(" ");
    strictEqual(why, "EAGAIN");
    ok(Number(count) < LIMIT, `${count} processes`);
    const served = await machine.as("bob", "pvd list");
    strictEqual(served.status, 0, served.stderr);
    strictEqual((await machine.sh(`pvd run ${OFFICE} true`)).status, 0);
    await machine.check("pkill -TERM -o -u alice -x perl");
    const { text } = await machine.console.run("wait $forks; echo $?; rm forks");
    match(text, /^3$/m);
    strictEqual((await machine.sh("pgrep -u alice -x perl")).status, 1);
    strictEqual((await machine.console.run(`pvd run ${OFFICE} true`)).status, 0);
  });

  lab.test(`10: a person has ${MAX_PROGRAMS_PER_UID} programs in domains and no more; another's is started, and the person's when some have ended`, async () => {
    const start = `pvd run --detach ${OFFICE} sleep 600`;
    const { status, text } = await machine.console.run(
      `seq ${MAX_PROGRAMS_PER_UID} | xargs -P ${AT_ONCE} -I {} ${start} > started; echo $?; wc -l < started; ${start}`,
      LONGEST_MS,
    );
    try {
      const lines = text.trim().split("\n");
      deepStrictEqual(lines.slice(0, 2), ["0", String(MAX_PROGRAMS_PER_UID)], text);
      deepStrictEqual([status, lines.length], [125, 3], text);
      match(lines[2] ?? "", new RegExp(`${MAX_PROGRAMS_PER_UID} programs run already; end one first`));
      strictEqual((await machine.sh(`pvd run ${OFFICE} true`)).status, 0);
    } finally {
      await machine.sh("pkill -KILL -u alice -x sleep; rm /home/alice/started");
    }
    await until(
      "the person's are started again",
      async () => (await machine.console.run(`pvd run ${OFFICE} true`)).status === 0,
    );
  });
}
