@echo off
type "%~dp0hello.txt"
