import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AlertsSection } from "#alerts";
import { Alert, AlertPage } from "#contract";
import { anAlert } from "./test-answers.ts";
import { TestControl } from "./test-control.ts";

let control: TestControl;
let token: string;
beforeAll(async () => {
  control = await new TestControl().start();
  token = await control.token("admin");
  for (const name of ["1", "2", "3"])
    await control.books.alerts.raise(
      anAlert({ id: `alert_${name}`, once: name, state: name === "2" ? "noted" : "failed" }),
    );
});
afterAll(() => control.stop());

const ids = async (query: string) => {
  const { rows, cursor } = AlertPage.parse((await control.ask({ path: `/api/v1/alerts${query}`, token })).json);
  return { ids: rows.map(({ id }) => id), cursor };
};

it("can list every kind of alert that there is", () => {
  expect(AlertsSection.parse({ url: "https://example.com" }).events).toEqual(Alert.shape.type.options);
});

describe("alerts", () => {
  it("are listed newest first, by state, in pages, with what they say", async () => {
    const first = await ids("?limit=2");
    expect(first).toEqual({ ids: ["alert_3", "alert_2"], cursor: "alert_2" });
    expect(await ids(`?limit=2&cursor=${first.cursor}`)).toEqual({ ids: ["alert_1"], cursor: undefined });
    expect(await ids("?state=noted")).toEqual({ ids: ["alert_2"], cursor: undefined });
    const { json } = await control.ask({ path: "/api/v1/alerts?limit=1", token });
    expect(AlertPage.parse(json).rows[0]).toEqual({
      id: "alert_3",
      type: "budget_threshold",
      at: "2026-01-02T03:04:05.678Z",
      says: "Budget b has reached 80 %.",
      facts: { budget: "b" },
      state: "failed",
      attempts: 12,
      problem: "status 500",
    });
  });

  it("are sent again when somebody says so, if there is somewhere to send them", async () => {
    const resend = (id: string) =>
      control.ask({ method: "POST", path: `/api/v1/alerts/${id}/resend`, token, body: {} });
    control.hasWebhook = false;
    expect(await resend("alert_1")).toMatchObject({ status: 409, json: { code: "no_webhook" } });
    control.hasWebhook = true;
    expect(await resend("alert_1")).toMatchObject({ status: 200, json: { state: "waiting", attempts: 0 } });
    expect((await control.books.alerts.nextDue(control.now))?.id).toBe("alert_1");
    for (const id of ["alert_9", "budget_1"]) expect((await resend(id)).status).toBe(404);
  });

  it("refuse a cursor that we did not give", async () => {
    expect((await control.ask({ path: "/api/v1/alerts?cursor=x", token })).status).toBe(400);
  });
});
