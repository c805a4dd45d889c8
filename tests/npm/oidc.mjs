// The authorisation server that others wrote, for tests that stand elsewhere: packages are found from here.
export { Provider } from 'oidc-provider';
