/**
 * How many runs of a property are made, whose examples are dear: all of them with the simulation, which finds the files that
 * ask this, and a tenth in the check, which has to be over in a minute.
 */
export function runsOf(all: number): number {
  return process.env["TARE_TEST_RUNS"] === "all" ? all : Math.ceil(all / 10);
}
