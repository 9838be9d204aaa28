import { expect, test } from "vitest";
import { mayBeNearby } from "./providerForm.svelte";

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
