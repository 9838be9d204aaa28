import { expect, test } from "vitest";
import { isHere, mayBeNearby, ProviderForm } from "./providerForm.svelte";

test("only_an_address_in_this_house_or_in_the_open_asks_to_be_allowed", () => {
  for (const address of [
    "http://192.168.1.20:8080/v1",
    "https://10.0.0.5/v1",
    "http://chart-room/v1",
  ])
    expect(mayBeNearby(address), address).toBe(true);
  for (const address of [
    "http://127.0.0.1:11434/v1",
    "http://localhost:1234",
    "http://[::1]:8080/v1",
    "https://api.example.com/v1",
    "https://",
    "",
  ])
    expect(mayBeNearby(address), address).toBe(false);
});

test("a_name_that_begins_like_this_machine_is_elsewhere", () => {
  for (const address of [
    "http://127.0.0.1:1/v1",
    "http://localhost",
    "http://[::1]:1",
    "http://127.1",
  ])
    expect(isHere(address), address).toBe(true);
  for (const address of [
    "https://127.0.0.1.evil.example/v1",
    "https://localhost.evil.example",
    "https://127.evil.example",
    "",
  ])
    expect(isHere(address), address).toBe(false);
});

test("what_a_provider_may_receive_does_not_go_along_to_another_address", () => {
  const form = new ProviderForm(null);
  form.moveTo("http://127.0.0.1:11434/v1");
  form.accepts = "restricted";
  form.regions = ["eu"];
  form.moveTo("http://127.0.0.1:11434/v2");
  expect(form.accepts, "the same server").toBe("restricted");
  form.moveTo("https://api.example.com/v1");
  expect([form.accepts, form.regions], "another one").toEqual(["internal", []]);
});
