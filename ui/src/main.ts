/** The window's script: styles, then the app. */
import "@fontsource-variable/inter/wght.css";
import "./kit/tokens.css";
import "./kit/base.css";
import { mount } from "svelte";
import App from "./App.svelte";

const target = document.getElementById("app");
if (target) mount(App, { target });
