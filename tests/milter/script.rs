//! `miltertest`, the filter tester of OpenDKIM, with scripts of our own.
